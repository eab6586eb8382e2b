import { isFault } from '../../contracts/kernel/fault.ts';

/** Keys whose values can never be about a person: ids of ours, codes, counts, times, ports, names of parts. */
const safeKeys = new Set(
  [
    'id ids messageId deliveryId orderId eventId channelId traceId requestId instance connection',
    'channel version endpoint adapter service services word action event job queue lease table database migration index',
    'node nodeId host port address peer method route status state from to kind code faultCode type errno syscall signal',
    'exitCode level attempt attempts count counts total size bytes limit depth pending active waiting rows seq epoch',
    'ms waitMs ageMs every since until at pid memory cpu enabled mode driver protocol charset offset ack',
  ]
    .join(' ')
    .split(' '),
);

/** Printable ASCII without quotes: ids, codes, addresses. A Chinese name never passes, whatever its key. */
const plain = /^[\w.:/@#*+,()[\] -]{0,200}$/;

/**
 * What may be written of an event's data: known keys with plain values. The rest is named under `dropped`, without its
 * values. An `Error` under `error` becomes its class, code and stack frames; see `errorFields`.
 */
export function safeFields(data: object | undefined): Record<string, unknown> {
  if (data === undefined || data === null) return {};
  if (data instanceof Error) return errorFields(data);
  const kept: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) continue;
    if (key === 'error') Object.assign(kept, errorFields(value));
    else if (safeKeys.has(key) && isPlain(value)) kept[key] = value;
    else dropped.push(plain.test(key) ? key.slice(0, 40) : '?');
  }
  return dropped.length === 0 ? kept : { ...kept, dropped };
}

/**
 * An error without its message, which may quote data (`Duplicate entry '…'`, `"…" is not valid JSON`): class, code and
 * the stack's frames. Mistakes of ours (TypeError, ReferenceError) keep their message with everything quoted left out.
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code, kind, cause } = error as Error & { code?: unknown; kind?: unknown };
  const name = /^\w{1,60}$/.test(error.name) ? error.name : 'Error';
  const fields: Record<string, unknown> = { error: name };
  if ((typeof code === 'string' || typeof code === 'number') && isPlain(code)) fields.code = code;
  if (isFault(error)) fields.kind = kind;
  if (name === 'TypeError' || name === 'ReferenceError') fields.problem = unquoted(error.message);
  if (!isFault(error) || kind === 'broken') fields.stack = frames(error);
  if (cause !== undefined) fields.cause = errorFields(cause);
  return fields;
}

function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return plain.test(value);
  return Array.isArray(value) && value.length <= 50 && value.every((v) => !Array.isArray(v) && isPlain(v));
}

function unquoted(message: string): string {
  return message
    .replace(/'[^']*'|"[^"]*"|`[^`]*`|“[^”]*”/g, '…')
    .replace(/[^\x20-\x7e…]/g, '')
    .slice(0, 200);
}

const frames = (error: Error): string[] =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .*(:\d+:\d+\)?|<anonymous>\)?|native\)?)$/.test(line))
    .slice(0, 12)
    .map((line) => line.trim().slice(0, 200));
