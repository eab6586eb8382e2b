export interface Token {
  readonly kind: 'plain' | 'key' | 'string' | 'number' | 'comment';
  readonly text: string;
}

const json = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\b(?:true|false|null)\b)/g;
const yaml =
  /(^|\s)(#.*$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*(:)?)|([\w$./-]+)(?=\s*:(?:\s|$))|((?:^|(?<=[\s,[{]))(?:-?\d+(?:\.\d+)?|true|false|null|~)(?=\s*(?:$|[,\]}#\s])))/g;

/** Cuts one line into coloured pieces; joined they are the line again. */
export function tokens(line: string, syntax: 'json' | 'yaml'): Token[] {
  const out: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], text: string) => {
    if (text !== '') out.push({ kind, text });
  };
  for (const m of line.matchAll(syntax === 'json' ? json : yaml)) {
    push('plain', line.slice(at, m.index));
    if (syntax === 'json') {
      if (m[1] !== undefined) {
        push(m[2] === undefined ? 'string' : 'key', m[1]);
        push('plain', m[2] ?? '');
      } else push('number', m[0]);
    } else if (m[2] !== undefined) {
      push('plain', m[1] ?? '');
      push('comment', m[2]);
    } else if (m[3] !== undefined) push(m[4] === undefined ? 'string' : 'key', m[3]);
    else push(m[5] === undefined ? 'number' : 'key', m[0]);
    at = m.index + m[0].length;
  }
  push('plain', line.slice(at));
  return out;
}
