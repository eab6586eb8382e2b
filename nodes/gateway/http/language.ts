export type Language = 'zh' | 'en';

/** The better liked of our two languages by `Accept-Language` (RFC 9110, 12.5.4); Chinese where neither is named. */
export function languageOf(header: string | undefined): Language {
  let best: Language = 'zh';
  let weight = 0;
  for (const part of (header ?? '').slice(0, 200).split(',')) {
    const [range = '', ...params] = part.trim().toLowerCase().split(';');
    const language = range.split('-')[0];
    if (language !== 'zh' && language !== 'en') continue;
    const q = params.map((p) => p.trim()).find((p) => p.startsWith('q='));
    const value = q === undefined ? 1 : Number(q.slice(2));
    if (value > weight) {
      best = language;
      weight = value;
    }
  }
  return best;
}
