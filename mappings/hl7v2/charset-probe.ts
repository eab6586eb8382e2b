/** The header that carries MSH-18, at the start or after batch headers. */
const HEADER = /(?:^|[\r\n])[\s\u0000\u00ef\u00bb\u00bf\ufeff]*MSH([^\r\n])/;

/**
 * MSH-18 with its repetitions, before the message is decoded. `header` is the text, or its first bytes as Latin-1.
 * `doubleBytes`: skip the second byte of two-byte characters, which in GBK may be the field separator itself, so that a
 * name in MSH-3 to MSH-6 does not shift the count.
 */
export function declaredCharsets(header: string, doubleBytes: boolean): readonly string[] {
  let start = 4;
  if (!header.startsWith('MSH')) {
    const found = HEADER.exec(header);
    if (found === null) return [];
    start = found.index + found[0].length;
  }
  const separator = header.charCodeAt(start - 1);
  const from = skipFields(header, start, separator, 16, doubleBytes);
  if (from < 0) return [];
  let to = from;
  for (; to < header.length; to++) {
    const c = header.charCodeAt(to);
    if (c === separator || c === 13 || c === 10) break;
  }
  if (to === from) return [];
  const repetition = header[start + 1] ?? '~';
  return header
    .slice(from, to)
    .split(repetition)
    .map((name) => name.trim());
}

/** Position after `count` separators within the line; -1 where the line ends before. */
function skipFields(
  header: string,
  from: number,
  separator: number,
  count: number,
  doubleBytes: boolean,
): number {
  for (let at = from; at < header.length; at++) {
    const c = header.charCodeAt(at);
    if (c === separator) {
      if (--count === 0) return at + 1;
    } else if (c === 13 || c === 10) return -1;
    else if (doubleBytes && c >= 0x81 && c <= 0xfe && header.charCodeAt(at + 1) >= 0x40) at++;
  }
  return -1;
}
