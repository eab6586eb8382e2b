import { createRequire } from 'node:module';
import type { RequestHandler } from 'express';
import type { Json } from './schemas.ts';

interface SwaggerUi {
  readonly serve: RequestHandler[];
  setup(document: Json | null, options: object): RequestHandler;
}

/** Runs in the browser: the token of a sign-in is put into the lock, so that the next call carries it. */
const rememberToken = `function (response) {
  if (/\\/auth\\/(login|switch)$/.test(response.url) && response.status === 200 && response.text) {
    try { window.ui.preauthorizeApiKey('bearer', JSON.parse(response.text).token); } catch (error) { console.warn(error); }
  }
  return response;
}`;

const ownPage = `function (request) {
  request.headers['X-Requested-With'] = 'cytomesh';
  return request;
}`;

/** Swagger UI at `/docs`, from files of ours only; no inline script, so the content security policy stays as it is. */
export function swaggerUi(document: Json): RequestHandler[] {
  const ui = createRequire(import.meta.url)('swagger-ui-express') as SwaggerUi;
  const page = ui.setup(document, {
    customSiteTitle: 'Cytomesh API',
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      docExpansion: 'none',
      filter: true,
      tryItOutEnabled: true,
      validatorUrl: null,
      responseInterceptor: script(rememberToken),
      requestInterceptor: script(ownPage),
    },
  });
  return [...ui.serve, page];
}

/** swagger-ui-express writes functions out by their text. */
const script = (text: string): (() => void) => Object.assign(() => undefined, { toString: () => text });
