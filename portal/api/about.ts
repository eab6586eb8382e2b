import type { Http } from './http.ts';

export interface About {
  readonly name: string;
  readonly version: string;
  readonly demo: boolean;
  readonly demoUsers?: readonly string[];
}

/** `GET /api/v1/about`: what runs here; needs no session. */
export const about = (http: Http): Promise<About> => http.call<About>({ method: 'GET', path: '/about' }, {});
