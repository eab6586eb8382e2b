/** UTF-8 bytes of a text, base64. */
export const base64Of = (text: string): string => base64OfBytes(new TextEncoder().encode(text));

export const base64OfBytes = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
