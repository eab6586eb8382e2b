/** Printable reading of hexadecimal digits; a dot for what is not ASCII. */
export function hexText(hex: string): string {
  const bytes = hex.match(/[0-9a-f]{2}/gi) ?? [];
  return bytes
    .map((pair) => Number.parseInt(pair, 16))
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'))
    .join('');
}
