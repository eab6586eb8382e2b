/** A document as its reader meets it; renderers know nothing else. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Columns set in a fixed width. */
      readonly mono?: readonly number[];
      /** Shares of the width. */
      readonly widths?: readonly number[];
    }
  | { readonly kind: 'code'; readonly caption: string; readonly text: string };

export interface Paper {
  readonly title: string;
  readonly subtitle: string;
  readonly language: 'zh' | 'en';
  readonly blocks: readonly Block[];
}
