import { faultTexts } from './meta.generated.ts';

/**
 * A call that failed. `status` is 0 where no answer came (network, offline). Branch on `code`; `portal.network.lost` and
 * `portal.answer.broken` are the portal's own.
 */
export class ApiFault extends Error {
  readonly code: string;
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly requestId: string;

  constructor(code: string, status: number, message: string, data: object = {}, requestId = '') {
    super(message);
    this.name = 'ApiFault';
    this.code = code;
    this.status = status;
    this.data = data as Readonly<Record<string, unknown>>;
    this.requestId = requestId;
  }
}

export const isApiFault = (error: unknown): error is ApiFault =>
  typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'ApiFault';

/** Anything thrown becomes a fault that can be shown. */
export const toApiFault = (error: unknown): ApiFault =>
  isApiFault(error)
    ? error
    : new ApiFault('portal.internal.error', 0, String((error as Error)?.message ?? error));

/** Reads a problem document (RFC 9457); a body that is none still gives a fault with the status. */
export function faultOf(status: number, body: unknown, requestId: string): ApiFault {
  const p = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (...names: string[]) => names.map((n) => p[n]).find((v): v is string => typeof v === 'string');
  const data = typeof p.data === 'object' && p.data !== null ? p.data : {};
  return new ApiFault(
    text('code') ?? (status === 401 ? 'user.session.missing' : 'portal.answer.broken'),
    status,
    text('detail', 'message', 'title') ?? `HTTP ${status}`,
    data,
    text('requestId') ?? requestId,
  );
}

const own: Record<string, { zh: string; en: string }> = {
  'portal.network.lost': {
    zh: '无法连接到服务器，请检查网络',
    en: 'The server cannot be reached; check the network',
  },
  'portal.answer.broken': {
    zh: '服务器返回了无法识别的内容',
    en: 'The server gave an answer that cannot be read',
  },
};

/** What a person reads of a fault, in the language given; the data fills the catalogue's text. */
export function faultText(fault: ApiFault, language: 'zh' | 'en'): string {
  const text = (faultTexts[fault.code] ?? own[fault.code])?.[language];
  if (text === undefined) return fault.message;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = fault.data[name];
    if (value === undefined) return '…';
    return typeof value === 'string' ? value : issues(value);
  });
}

/** Issues of a refused body as `field: message; …`, other values as JSON. */
function issues(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value
    .map((v) => {
      if (typeof v !== 'object' || v === null) return String(v);
      const { path, field, message } = v as Record<string, unknown>;
      return (
        [path ?? field, message].filter((x) => typeof x === 'string' && x !== '').join(': ') ||
        JSON.stringify(v)
      );
    })
    .join('; ');
}
