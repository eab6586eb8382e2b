/** Statuses of DIMSE answers, PS3.7 Annex C and PS3.4 §B.2.3, §K.4.1.1.4. */
export const status = {
  success: 0x0000,
  cancelled: 0xfe00,
  pending: 0xff00,
  /** Pending, and some optional keys were not used for matching. */
  pendingPartly: 0xff01,
  sopClassNotSupported: 0x0122,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
  notOfClass: 0xa900,
  cannotUnderstand: 0xc000,
} as const;

export interface Answer {
  readonly status: number;
  readonly comment?: string | undefined;
}
