/**
 * Frees what a scanner typed of what is not the code: AIM prefixes (`]C1`, `]d2`), control characters, and the full-width
 * forms an active input method makes of them.
 */
export function cleanScan(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u0000-\u001f\u007f\u200b-\u200f\ufeff]/g, '')
    .trim()
    .replace(/^\][A-Za-z]\d/, '');
}
