/** What an out mapping may read by `$name`; times are ISO 8601 with offset. The hub supplies it with each delivery. */
export interface OutEnvironment {
  readonly controlId: string;
  readonly time: string;
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly receivingApplication?: string;
  readonly receivingFacility?: string;
  /** MSH-11, MSH-12, MSH-18 of the endpoint. */
  readonly processingId?: string;
  readonly version?: string;
  readonly charset?: string;
}
export const outEnvironment: readonly (keyof OutEnvironment)[] = [
  'controlId',
  'time',
  'sendingApplication',
  'sendingFacility',
  'receivingApplication',
  'receivingFacility',
  'processingId',
  'version',
  'charset',
];

/** A code that a table does not have; goes to the work list. */
export interface CodeMiss {
  readonly table: string;
  readonly code: string;
}

/** A refusal while mapping a message: which target, which source, why. Never carries the value. */
export interface MappingProblem {
  /** Target: `order.code`, or `ORC-2`. */
  readonly path: string;
  readonly source: string;
  readonly reason: string;
  /** The segment group concerned: `ORC(2)`. */
  readonly group?: string;
  readonly miss?: CodeMiss;
}
