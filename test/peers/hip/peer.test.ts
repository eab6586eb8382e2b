import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { format } from '../../../mappings/hip/format.ts';
import { selfTest } from '../../../mappings/hip/self-test.ts';
import { delivery, openCaller } from '../soap/caller.ts';
import { openService } from '../soap/host.ts';
import { callHip } from './client.ts';
import { content, contentOf, enveloped } from './envelope.ts';
import { acceptByProfile } from './hub.ts';
import { acknowledgement, HipPlatform, response, type Treatment } from './platform.ts';
import { pairs } from './samples.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const opened = <T extends { close(): Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};

describe('[EVA-01] the platform calls, we serve', () => {
  test('every pair of every service passes the self-test over SOAP 1.2, in both editions', async () => {
    const service = opened(await openService({ path: '/soap/hip' }, acceptByProfile));
    const rows = await selfTest(
      async (action, message) => (await callHip(service.url, action, message)).result ?? '',
      pairs(),
      'peer',
    );
    expect(rows.filter(({ passed }) => !passed)).toEqual([]);
    expect(rows.length).toBe(124);
    expect(new Set(rows.map(({ action }) => action)).size).toBe(31);
    expect(service.incidents).toEqual([]);
    expect(service.frames[0]).toMatchObject({ meta: { action: rows[0]!.action } });
  });

  test('so it does over SOAP 1.1 with the message escaped', async () => {
    const service = opened(await openService({ path: '/soap/hip' }, acceptByProfile));
    const rows = await selfTest(
      async (action, message) =>
        (await callHip(service.url, action, message, { version: '1.1', style: 'string' })).result ?? '',
      pairs().slice(0, 20),
      'peer',
    );
    expect(rows.filter(({ passed }) => !passed)).toEqual([]);
    expect(rows.length).toBe(20);
  });

  test('an acknowledgement that comes in is answered with an empty result', async () => {
    const service = opened(await openService({ path: '/soap/hip' }, acceptByProfile));
    const ack = acknowledgement('<id extension="C1"/>');
    const called = await callHip(service.url, 'PatientInfoRegister', ack.kind === 'answer' ? ack.text : '');
    expect([called.status, called.result ?? '']).toEqual([200, '']);
  });
});

describe('[EVA-01] we call the platform', () => {
  const folder = new URL('../../../mappings/hip/samples/hip-test-report/', import.meta.url);
  const report = readFileSync(new URL('final.xml', folder));
  const endpoint = { endpoint: 'hip-out', decode: { mode: 'forced', charset: 'UTF-8' } } as EndpointDef;
  const controlId = '0195c8a0-7d3e-7c31-9a55-2b9d1f0c7e11';

  async function sent(treat: ((message: string) => Treatment) | undefined) {
    const platform = opened(await HipPlatform.listen());
    if (treat) platform.treat = ({ message }) => treat(message);
    const { sender } = openCaller({ url: platform.url });
    open.push(sender);
    const outcome = await sender.send(
      report,
      delivery(
        { action: 'DocumentRegister' },
        { controlId, timeoutMs: 400, matches: (reply) => format.matches!(reply, controlId) },
      ),
    );
    return { platform, outcome };
  }
  const said = (outcome: Awaited<ReturnType<typeof sent>>['outcome']) =>
    outcome.kind === 'replied' ? (outcome.said ?? format.said!(outcome.bytes, endpoint)) : outcome.kind;

  test('a report arrives whole, CDA and all, and AA is understood', async () => {
    const { platform, outcome } = await sent(undefined);
    expect(said(outcome)).toEqual({ verdict: 'good', code: 'AA', reason: '' });
    const [received] = platform.received;
    expect(received?.action).toBe('DocumentRegister');
    expect(received?.message).toBe(report.toString('utf8'));
    const cda = /originalText value="([^"]+)"/.exec(received?.message ?? '')?.[1] ?? '';
    expect(Buffer.from(cda, 'base64').toString('utf8')).toContain('<title>检验报告</title>');
  });

  test.each<[string, (message: string) => Treatment, object | string]>([
    [
      'AE',
      (m) => acknowledgement(m, 'AE', '文档重复'),
      { verdict: 'negative', code: 'AE', reason: '文档重复' },
    ],
    [
      'AA as a child',
      (m) => acknowledgement(m, 'AA', '', 'child'),
      { verdict: 'good', code: 'AA', reason: '' },
    ],
    ['the way of DHC', () => response('0', '成功'), { verdict: 'good', code: '0', reason: '' }],
    [
      'DHC’s refusal',
      () => response('-1', '缺少 <患者>'),
      { verdict: 'negative', code: '-1', reason: '缺少 <患者>' },
    ],
    [
      'a fault',
      () => ({ kind: 'fault', reason: '动作未知' }),
      expect.objectContaining({ verdict: 'negative' }),
    ],
    ['HTTP 503', () => ({ kind: 'status', status: 503 }), expect.objectContaining({ verdict: 'busy' })],
    ['silence', () => ({ kind: 'silent' }), 'unknown'],
  ])('%s is understood', async (_, treat, expected) => {
    expect(said((await sent(treat)).outcome)).toEqual(expected);
  });
});

test('the peer’s own envelope holds what it is given', () => {
  const odd = '<a b="1 & 2">]]> &lt; "赵"</a>';
  for (const style of ['string', 'cdata'] as const)
    expect(
      contentOf(enveloped(`<p:message x="1">${content(odd, style)}</p:message>`, '1.2'), 'message'),
    ).toBe(odd);
  expect(contentOf('<a/>', 'message')).toBeUndefined();
});
