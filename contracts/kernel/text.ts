/** A text shown to people, in both languages of the product. Chinese is written first, English is complete. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** Shorthand used all over the contracts: `t('订单', 'Order')`. */
export const t = (zh: string, en: string): Text => ({ zh, en });
