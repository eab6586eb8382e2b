import type { IncomingMessage } from 'node:http';
import { Fault } from '../../../contracts/kernel/fault.ts';

export const cookieName = 'cytomesh_session';

export interface Credentials {
  readonly token: string;
  readonly by: 'bearer' | 'cookie';
}

/** A bearer token goes before the cookie. Another scheme counts as none. */
export function credentialsOf(req: IncomingMessage): Credentials | undefined {
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(req.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, by: 'bearer' };
  if (req.headers.authorization !== undefined) return undefined;
  const token = cookieOf(req);
  return token === undefined ? undefined : { token, by: 'cookie' };
}

export function cookieOf(req: IncomingMessage): string | undefined {
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === cookieName) {
      const value = part.slice(equals + 1).trim();
      if (value !== '') return value;
    }
  }
  return undefined;
}

/** A cookie for this browser session; null takes it away. */
export const setCookie = (token: string | null, secure: boolean): string =>
  `${cookieName}=${token ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${
    token === null ? '; Max-Age=0' : ''
  }`;

/** True where a browser says, or nobody denies, that the request is of a page of ours. */
export function sameOrigin(req: IncomingMessage, host: string | undefined): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin } = req.headers;
  if (origin === undefined) return true;
  const found = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return found !== undefined && found.toLowerCase() === host?.toLowerCase();
}

/**
 * A browser sends the cookie by itself, so a write by cookie must prove that a page of ours made it: the header no form
 * can set, and an origin of ours. Throws `gateway.origin.refused`.
 */
export function demandOwnPage(req: IncomingMessage, host: string | undefined): void {
  if (req.headers['x-requested-with'] !== 'cytomesh' || !sameOrigin(req, host))
    throw new Fault('gateway.origin.refused');
}
