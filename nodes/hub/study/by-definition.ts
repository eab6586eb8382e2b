import { isDeepStrictEqual } from 'node:util';
import type { OutEnvironment } from '../../../contracts/mapping/outcome.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../../../mappings/engine/compiled.ts';
import type { Endpoint } from '../book.ts';
import type { Golden } from './golden.ts';
import { wireBytes } from './sample-bytes.ts';

export interface Judged {
  readonly passed: boolean;
  readonly code: string;
  readonly reason: string;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
/** Line ends are the format's own; white space between elements is for the eye. */
const leveled = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replace(/>\s+</g, '><').trim();

/** Reads and maps a sample, and compares with what it means. */
export function judgeIn(golden: Golden, endpoint: Endpoint, map: InMappingCompiled): Judged {
  const { meta, expected } = golden;
  const bytes = wireBytes(golden, endpoint);
  const [one] = endpoint.format.read({ bytes, oddities: [], meta }, endpoint.def).messages;
  if (!one) return { passed: false, code: '', reason: 'no message was read' };
  const refusal = (expected as { refused?: unknown }).refused;
  if (one.unsound) {
    const same = refusal !== undefined && isDeepStrictEqual(plain(one.unsound.data), refusal);
    return {
      passed: same,
      code: one.unsound.answer,
      reason: String(one.unsound.data.reason ?? one.unsound.code),
    };
  }
  const result = map.toCanonical(one.message);
  if ('messages' in result) {
    const same = isDeepStrictEqual(plain(result.messages), expected);
    const code = '';
    return same
      ? { passed: true, code, reason: '' }
      : { passed: false, code, reason: firstDifference(plain(result.messages), expected) };
  }
  const [problem] = result.problems;
  const same = isDeepStrictEqual(plain(result), expected);
  return { passed: same, code: 'AE', reason: problem ? `${problem.source} ${problem.reason}` : '' };
}

/** Writes the canonical sample and compares with the partner's message. */
export function judgeOut(golden: Golden, map: OutMappingCompiled): Judged {
  const result = map.fromCanonical(
    golden.expected as Canonical,
    golden.environment as unknown as OutEnvironment,
  );
  if (!('text' in result)) {
    const [problem] = result.problems;
    return { passed: false, code: '', reason: problem ? `${problem.path} ${problem.reason}` : '' };
  }
  const wanted = leveled(Buffer.from(golden.bytes).toString('utf8'));
  const got = leveled(result.text);
  if (got === wanted) return { passed: true, code: '', reason: '' };
  const at = [...got].findIndex((c, i) => c !== wanted[i]);
  return { passed: false, code: '', reason: `differs at character ${at + 1}` };
}

/** Path of the first place where two values differ; never a value. */
function firstDifference(got: unknown, wanted: unknown, path = ''): string {
  if (typeof got !== 'object' || typeof wanted !== 'object' || got === null || wanted === null)
    return `${path || '.'} differs`;
  for (const key of new Set([...Object.keys(got), ...Object.keys(wanted)])) {
    const [a, b] = [(got as Record<string, unknown>)[key], (wanted as Record<string, unknown>)[key]];
    if (!isDeepStrictEqual(a, b))
      return firstDifference(a, b, Array.isArray(got) ? `${path}[${key}]` : path ? `${path}.${key}` : key);
  }
  return 'differs';
}
