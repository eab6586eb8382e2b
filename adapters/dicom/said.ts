import type { SendOutcome } from '../../contracts/adapter/port.ts';

type Said = NonNullable<Extract<SendOutcome, { kind: 'replied' }>['said']>;

const hex = (code: number): string => code.toString(16).padStart(4, '0').toUpperCase();

/**
 * What a status of C-STORE (PS3.4 table B.2-1) or a failure reason of STOW-RS (PS3.18 table 10.5.3-2) means for the delivery.
 * A warning has stored the instance, and so has whoever finds it there already.
 */
export function saidOf(code: number, comment: string): Said {
  const reason = comment === '' ? {} : { reason: comment };
  const said = (verdict: Said['verdict']): Said => ({ verdict, code: hex(code), ...reason });
  const group = code >>> 8;
  if (code === 0x0000 || (code & 0xf000) === 0xb000 || code === 0x0001) return said('good');
  if (code === 0x0107 || code === 0x0116) return said('good');
  if (code === 0x0111) return said('good');
  if (group === 0xa7 || code === 0x0110) return said('busy');
  return said('negative');
}

/** Said by us for the peer: it has no way to take the instance. */
export const cannot = (code: string, reason: string): Said => ({ verdict: 'negative', code, reason });

export const later = (code: string, reason: string): Said => ({ verdict: 'busy', code, reason });
