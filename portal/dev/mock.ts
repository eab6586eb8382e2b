import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { answer } from './answers.ts';
import { world } from './data.ts';
import { fill } from './fill.ts';
import { addOrder } from './orders.ts';
import { login, Refusal, session, switchOrg } from './session.ts';

/**
 * The REST API out of memory, for `vite` in development only. `CYTOMESH_MOCK=off` leaves `/api` alone; `CYTOMESH_MOCK_PACE`
 * is the time between two new orders in ms.
 */
export function mock(): Plugin {
  return {
    name: 'cytomesh-mock',
    apply: 'serve',
    configureServer(server) {
      if (process.env.CYTOMESH_MOCK === 'off') return;
      fill();
      const streams = new Set<ServerResponse>();
      let event = 0;
      const tell = (topic: string, name: string, recordId: string) => {
        const data = JSON.stringify({
          id: `e${++event}`,
          name,
          topic,
          key: recordId,
          orgId: '',
          at: new Date().toISOString(),
          payload: {},
        });
        for (const s of streams) s.write(`id: ${event}\nevent: change\ndata: ${data}\n\n`);
      };
      const timer = setInterval(
        () => {
          const order = addOrder(Date.now());
          tell('message', 'message.received', world.messages[0]!.id);
          tell('order', 'order.placed', order.id);
        },
        Number(process.env.CYTOMESH_MOCK_PACE ?? 8000),
      );
      server.httpServer?.on('close', () => clearInterval(timer));

      server.middlewares.use((req, _res, next) => {
        if (req.url === '/embed/cytomesh.js') req.url = '/embed/cytomesh.ts';
        next();
      });
      server.middlewares.use('/api/v1', (req, res) => {
        void serve(req, res, streams, tell);
      });
    },
  };
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  streams: Set<ServerResponse>,
  tell: (topic: string, name: string, recordId: string) => void,
): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://mock');
  const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    res.writeHead(status, {
      'Content-Type': status < 400 ? 'application/json' : 'application/problem+json',
      ...headers,
    });
    res.end(JSON.stringify(body));
  };
  try {
    const path = url.pathname;
    if (path === '/about') {
      return send(200, {
        name: 'Cytomesh',
        version: '0.1.0',
        demo: true,
        demoUsers: ['planner', 'engineer', 'operator', 'auditor', 'admin'],
      });
    }
    let text = '';
    for await (const piece of req) text += String(piece);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (path === '/auth/login') {
      return send(200, login(body), {
        'Set-Cookie': 'cytomesh_session=mock; Path=/; HttpOnly; SameSite=Strict',
      });
    }
    if (!req.headers.cookie?.includes('cytomesh_session=mock') && req.headers.authorization === undefined) {
      throw new Refusal(401, 'user.session.missing');
    }
    if (path === '/auth/session') return send(200, session());
    if (path === '/auth/switch') return send(200, switchOrg(body));
    if (path === '/auth/logout') {
      return send(200, { done: true }, { 'Set-Cookie': 'cytomesh_session=; Path=/; Max-Age=0' });
    }
    if (path === '/stream') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      res.write(': welcome\n\n');
      streams.add(res);
      const beat = setInterval(() => res.write(': beat\n\n'), 15_000);
      res.on('close', () => {
        clearInterval(beat);
        streams.delete(res);
      });
      return;
    }
    const ifMatch = /^"(\d+)"$/.exec(String(req.headers['if-match'] ?? ''))?.[1];
    const found = answer({
      method: req.method ?? 'GET',
      path,
      query: url.searchParams,
      body,
      ifMatch: ifMatch === undefined ? undefined : Number(ifMatch),
      tell,
    });
    if (found === undefined) throw new Refusal(404, 'gateway.route.missing');
    const version = (found as { version?: number }).version;
    send(200, found, version === undefined ? {} : { ETag: `"${version}"` });
  } catch (error) {
    const r =
      error instanceof Refusal ? error : new Refusal(500, 'kernel.internal.error', { text: String(error) });
    send(r.status, {
      type: 'about:blank',
      title: r.code,
      status: r.status,
      detail: r.code,
      code: r.code,
      data: r.data,
      requestId: 'mock-1',
    });
  }
}
