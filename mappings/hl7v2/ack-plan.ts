import type { Value } from './message.ts';

/** How an endpoint acknowledges. `auto`: enhanced where MSH-15 or MSH-16 has a value of Table 0155, else original. */
export type AckMode = 'auto' | 'original' | 'enhanced' | 'none';

export interface AckPlanInput {
  readonly msh15: Value;
  readonly msh16: Value;
  readonly mode: AckMode;
  /** `mindray`: the device writes its own codes (0 patient, 1 calibration, 2 QC) in MSH-16; it is never an ack type. */
  readonly profile?: 'standard' | 'mindray';
}

/** Whether an acknowledgement is owed, by outcome. */
export interface Owed {
  readonly success: boolean;
  readonly error: boolean;
}

export interface AckPlan {
  readonly mode: 'original' | 'enhanced' | 'none';
  /** CA, CE, CR: as soon as the message is kept (MSH-15). */
  readonly accept: Owed;
  /** AA, AE, AR: after processing (MSH-16), in original mode the only one. */
  readonly application: Owed;
}

const always: Owed = { success: true, error: true };
const never: Owed = { success: false, error: false };

const table0155: Readonly<Record<string, Owed>> = {
  AL: always,
  NE: never,
  ER: { success: false, error: true },
  SU: { success: true, error: false },
};

/**
 * Which acknowledgements a message is owed (HL7 v2.9 §2.9.2, §2.9.3, Table 0155). Values outside the table count as
 * absent. With one of the two absent the other phase is not owed; forced `enhanced` owes an accept acknowledgement
 * unless MSH-15 says otherwise.
 */
export function ackPlan(input: AckPlanInput): AckPlan {
  if (input.mode === 'none') return { mode: 'none', accept: never, application: never };
  const accept = condition(input.msh15);
  const application = input.profile === 'mindray' ? undefined : condition(input.msh16);
  const enhanced =
    input.mode === 'enhanced' ||
    (input.mode === 'auto' && (accept !== undefined || application !== undefined));
  if (!enhanced) return { mode: 'original', accept: never, application: always };
  return {
    mode: 'enhanced',
    accept: accept ?? (input.mode === 'enhanced' ? always : never),
    application: application ?? never,
  };
}

const condition = (value: Value): Owed | undefined =>
  typeof value === 'string' ? table0155[value.trim().toUpperCase()] : undefined;
