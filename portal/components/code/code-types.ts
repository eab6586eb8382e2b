/** A mistake in the text; line and column count from 1. */
export interface CodeProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What may be written at the cursor. */
export interface Offer {
  readonly label: string;
  readonly detail?: string;
  readonly apply?: string;
  /** Higher comes first. */
  readonly boost?: number;
}

export interface OfferContext {
  /** The text above the line of the cursor. */
  readonly above: string;
  /** The line up to the word at the cursor. */
  readonly before: string;
}
