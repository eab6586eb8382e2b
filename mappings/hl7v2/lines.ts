/** How the segments of one message are ended. Decided per message: where a CR occurs, a bare LF is data. */
export type Terminator = 'CR' | 'LF' | 'CRLF' | 'none';

export interface Lines {
  /** Segments without their terminators; blank lines left out. */
  readonly lines: string[];
  readonly terminator: Terminator;
  /** Leading byte order mark, blanks or blank lines were passed over. */
  readonly leading: boolean;
  /** Bare LFs were taken as terminators although CRs occur, because a segment name and separator followed. */
  readonly mixed: boolean;
}

const LEADING = /^[\ufeff\u0000\s]+/;

/** Splits a text into segments. Empty lines between segments are no boundary of a message. */
export function splitLines(text: string): Lines {
  const first = text.charCodeAt(0);
  let from = 0;
  if (first < 33 || first === 0xfeff) from = LEADING.exec(text)?.[0].length ?? 0;
  const cr = text.indexOf('\r', from);
  const lf = text.indexOf('\n', from);
  const lines: string[] = [];
  let mixed = false;
  if (cr < 0) collect(text, from, '\n', lines);
  else if (lf < 0) collect(text, from, '\r', lines);
  else mixed = collectWithLineFeeds(text, from, lines);
  const terminator = cr < 0 ? (lf < 0 ? 'none' : 'LF') : text.charCodeAt(cr + 1) === 10 ? 'CRLF' : 'CR';
  return { lines, terminator, leading: from > 0, mixed };
}

function collect(text: string, from: number, separator: string, lines: string[]): void {
  for (let at = text.indexOf(separator, from); at >= 0; at = text.indexOf(separator, from)) {
    if (at > from) lines.push(text.slice(from, at));
    from = at + 1;
  }
  if (from < text.length) lines.push(text.slice(from));
}

/** CR ends a segment; an LF right after it belongs to it; any other LF is data unless a segment visibly starts there. */
function collectWithLineFeeds(text: string, from: number, lines: string[]): boolean {
  const separator = text[from + 3] ?? '|';
  const parts: string[] = [];
  collect(text, from, '\r', parts);
  let mixed = false;
  for (const raw of parts) {
    let line = raw;
    while (line.charCodeAt(0) === 10) line = line.slice(1);
    let at = line.indexOf('\n');
    while (at >= 0) {
      if (startsSegment(line, at + 1, separator)) {
        mixed = true;
        if (at > 0) lines.push(line.slice(0, at));
        line = line.slice(at + 1);
        at = line.indexOf('\n');
      } else at = line.indexOf('\n', at + 1);
    }
    if (line !== '') lines.push(line);
  }
  return mixed;
}

function startsSegment(line: string, at: number, separator: string): boolean {
  return line[at + 3] === separator && /^[A-Z][A-Z0-9]{2}$/.test(line.slice(at, at + 3));
}
