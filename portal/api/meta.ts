/** Shapes of the data in `meta.generated.ts`. */

export interface Text {
  readonly zh: string;
  readonly en: string;
}
export type Texts = Readonly<Record<string, Text>>;
export type Tone = 'neutral' | 'info' | 'good' | 'warn' | 'bad';

export interface StateMeta {
  readonly title: Text;
  readonly tone: Tone;
  readonly final?: boolean;
  readonly help?: Text;
}
export type StateTable = Readonly<Record<string, StateMeta>>;

export interface TransitionMeta {
  readonly title: Text;
  readonly from: readonly string[];
  /** A state, or `@previous`. */
  readonly to: string;
  readonly permission: string;
  readonly reason?: boolean;
  readonly danger?: boolean;
  readonly signature?: string;
  readonly params?: readonly string[];
}

export interface Machine {
  readonly field: string;
  readonly initial: readonly string[];
  readonly states: StateTable;
  readonly transitions: Readonly<Record<string, TransitionMeta>>;
}

export type FieldTitles = Readonly<Record<string, Texts>>;
