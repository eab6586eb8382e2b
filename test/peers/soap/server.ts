import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen, type Server as SoapServer } from 'soap';

/** A foreign SOAP server, made with the `soap` package from a WSDL: an integration platform, a HIS. */

type Method = (args: Record<string, unknown>, done: unknown, headers: unknown) => unknown;

export interface ForeignServer {
  readonly url: string;
  /** What its methods were called with. */
  readonly calls: {
    readonly method: string;
    readonly args: Record<string, unknown>;
    readonly headers: unknown;
  }[];
  readonly soap: SoapServer;
  readonly close: () => void;
}

export async function openForeignServer(
  wsdl: string,
  service: string,
  port: string,
  methods: Readonly<Record<string, (args: Record<string, unknown>) => unknown>>,
  version: '1.1' | '1.2' = '1.1',
): Promise<ForeignServer> {
  const path = '/service';
  const calls: ForeignServer['calls'][number][] = [];
  const server = createServer((_, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const bound: Record<string, Method> = {};
  for (const [method, serve] of Object.entries(methods))
    bound[method] = (args, _done, headers) => {
      calls.push({ method, args, headers });
      return serve(args);
    };
  const xml = readFileSync(wsdl, 'utf8').replaceAll('http://localhost:9/service', url);
  const soap = await new Promise<SoapServer>((resolve, reject) => {
    listen(server, {
      path,
      services: { [service]: { [port]: bound as never } },
      xml,
      suppressStack: true,
      forceSoap12Headers: version === '1.2',
      callback: (error, ready) => (error ? reject(error) : resolve(ready)),
    });
  });
  return {
    url,
    calls,
    soap,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
