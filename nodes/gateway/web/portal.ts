import { Fault } from '../../../contracts/kernel/fault.ts';
import { noneMatch } from '../api/headers.ts';
import type { Exchange } from '../http/exchange.ts';
import { end, takesGzip } from '../http/send.ts';
import { type PortalFile, PortalFiles } from './portal-files.ts';

const notBuilt = `<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>Cytomesh</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
<h1>Cytomesh</h1>
<p>门户尚未构建。请在项目目录运行 <code>npm run build</code>，然后刷新本页。接口照常可用：<a href="/docs">/docs</a>。</p>
<p lang="en">The portal has not been built. Run <code>npm run build</code> in the project folder and reload this page.
The API works: <a href="/docs">/docs</a>.</p>
</html>
`;

const takesBrotli = /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i;

/** Serves the built portal: its files, and its page for every address a person may have open. */
export class Portal {
  private readonly files: PortalFiles;

  constructor(folder: string) {
    this.files = new PortalFiles(folder);
  }

  async answer(exchange: Exchange): Promise<void> {
    const { req, path } = exchange;
    if (req.method !== 'GET' && req.method !== 'HEAD') throw new Fault('gateway.route.missing');
    exchange.label = '(portal)';
    const file = path === '/' ? undefined : await this.files.get(path);
    if (file) return this.give(exchange, file);
    const page = !/\.\w{1,5}$/.test(path) && /text\/html|\*\/\*/.test(req.headers.accept ?? '*/*');
    if (!page) throw new Fault('gateway.route.missing');
    const index = await this.files.get('/index.html');
    if (index) return this.give(exchange, index);
    const { res } = exchange;
    res.statusCode = 503;
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    end(res, notBuilt);
  }

  private give({ req, res }: Exchange, file: PortalFile): void {
    res.setHeader('Content-Type', file.type);
    res.setHeader('ETag', file.etag);
    res.setHeader('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (noneMatch(req.headers['if-none-match'], file.etag)) {
      res.statusCode = 304;
      res.end();
      return;
    }
    const accepted = req.headers['accept-encoding'];
    let body = file.body;
    if (file.brotli && takesBrotli.test(String(accepted ?? ''))) {
      res.setHeader('Content-Encoding', 'br');
      body = file.brotli;
    } else if (file.gzip && takesGzip(accepted)) {
      res.setHeader('Content-Encoding', 'gzip');
      body = file.gzip;
    }
    end(res, body);
  }
}
