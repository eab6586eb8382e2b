/** Hands a file to the person; text as UTF-8, or bytes in base64. */
export function saveFile(
  name: string,
  mediaType: string,
  content: string,
  encoding: 'text' | 'base64' = 'text',
): void {
  const part = encoding === 'text' ? content : Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([part], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
