import { request } from 'node:http';
import { content, contentOf, enveloped, mediaTypes, type Style, type Version } from './envelope.ts';

export interface CallOptions {
  readonly version?: Version;
  readonly style?: Style;
  readonly timeoutMs?: number;
}

export interface Called {
  readonly status: number;
  /** `HIPMessageServerResult`; undefined where the answer has none. */
  readonly result: string | undefined;
  readonly envelope: string;
}

/** Calls `HIPMessageServer(action, message)` as a platform does. */
export function callHip(
  url: string,
  action: string,
  message: string,
  { version = '1.2', style = 'cdata', timeoutMs = 30_000 }: CallOptions = {},
): Promise<Called> {
  const body = Buffer.from(
    enveloped(
      `<HIPMessageServer xmlns="urn:hl7-org:v3"><action>${content(action, 'string')}</action><message>${content(message, style)}</message></HIPMessageServer>`,
      version,
    ),
  );
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': mediaTypes[version],
          'content-length': body.byteLength,
          ...(version === '1.1' ? { soapaction: '"urn:hl7-org:v3/HIPMessageServer"' } : {}),
        },
        timeout: timeoutMs,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const envelope = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: answer.statusCode ?? 0,
            result: contentOf(envelope, 'HIPMessageServerResult'),
            envelope,
          });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
