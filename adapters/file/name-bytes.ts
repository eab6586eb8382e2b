const utf8 = new TextDecoder('utf-8', { fatal: true });
const gb18030 = new TextDecoder('gb18030', { fatal: true });

/**
 * A name as text. Linux keeps names as bytes, and an FTP server fed from Windows leaves them in GBK. `foreign`: the bytes are not
 * the UTF-8 of the text, so that the file can only be reached by them.
 */
export function nameOf(bytes: Buffer): { readonly name: string; readonly foreign: boolean } {
  for (const decoder of [utf8, gb18030])
    try {
      return { name: decoder.decode(bytes), foreign: decoder !== utf8 };
    } catch {}
  return { name: bytes.toString('latin1'), foreign: true };
}
