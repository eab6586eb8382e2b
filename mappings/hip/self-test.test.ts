import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { format } from './format.ts';
import { selfTest } from './self-test.ts';

const text = (path: string) => readFileSync(new URL(`samples/${path}.xml`, import.meta.url), 'utf8');
const pair = ['t01-r2', 'f01-r2', 't01-r1', 'f01-r1'].map((kind) => ({
  name: `PatientInfoRegister-${kind}`,
  text: text(`hip-patient/PatientInfoRegister-${kind}`),
}));
const endpoint = {
  endpoint: 'hip',
  decode: { mode: 'forced', charset: 'UTF-8' },
  ack: { mode: 'original', unrouted: 'accept' },
  lane: 'patient',
} as EndpointDef;

/** The format alone as the peer: what is sound is taken. */
const ours = async (action: string, message: string, change = (answer: string): string => answer) => {
  const read = format.read({ bytes: Buffer.from(message), oddities: [], meta: { action } }, endpoint);
  const outcome = read.messages[0]?.unsound ? 'AE' : 'AA';
  const reply = read.reply([{ code: outcome, outcome, reason: 'no' }], 0);
  return change(Buffer.from(reply ?? []).toString('utf8'));
};
const shown = (rows: Awaited<ReturnType<typeof selfTest>>) =>
  rows.map((r) => [r.kind, r.edition, r.passed, r.code, r.reason]);

describe('[EVA-01] the self-test', () => {
  test('passes where the sound is taken and the faulty refused, and marks its messages', async () => {
    const sent: string[] = [];
    const rows = await selfTest(
      (action, message) => {
        sent.push(message);
        return ours(action, message);
      },
      pair,
      'run7',
    );
    expect(shown(rows)).toEqual([
      ['T01', 'R2', true, 'AA', '处理成功 · done'],
      ['F01', 'R2', true, 'AE', 'no'],
      ['T01', 'R1', true, 'AA', '处理成功 · done'],
      ['F01', 'R1', true, 'AE', 'no'],
    ]);
    const ids = sent.map((message) => /extension="(PIR-0001-run7-[^"]+)"/.exec(message)?.[1]);
    expect([...new Set(ids)].sort()).toEqual(
      ['f01r1', 'f01r2', 't01r1', 't01r2'].map((of) => `PIR-0001-run7-${of}`),
    );
  });

  test.each<[string, (answer: string) => string, string]>([
    ['refuses the sound', (a) => a.replace('"AA"', '"AE"'), 'answered AE'],
    ['answers with something else', () => 'OK', 'no XML'],
    ['answers with nothing', () => '', 'no XML'],
    ['answers another message', (a) => a.replace('PIR-0001-x', 'PIR-0002'), 'targetMessage is another'],
    [
      'writes prefixes',
      (a) => a.replace('<MCCI', '<p:MCCI').replace('</MCCI', '</p:MCCI').replace('xmlns=', 'xmlns:p='),
      'prefix',
    ],
    ['forgets the namespace', (a) => a.replace(' xmlns="urn:hl7-org:v3"', ''), 'namespace is empty'],
    ['asks for an acknowledgement', (a) => a.replace('"NE"', '"AL"'), 'asks for an acknowledgement'],
    [
      'answers as to a query',
      (a) => a.replaceAll('MCCI_IN000002UV01', 'PRPA_IN201306UV02'),
      'not MCCI_IN000002UV01',
    ],
  ])('fails a peer that %s', async (_, change, reason) => {
    const [row] = await selfTest((action, message) => ours(action, message, change), pair.slice(0, 1), 'x');
    expect([row?.passed, row?.reason]).toEqual([false, expect.stringContaining(reason)]);
  });

  test('a peer that is not there fails with why, and the others are tried', async () => {
    let calls = 0;
    const rows = await selfTest(
      async (action, message) => {
        if (calls++ === 0) throw new Error('connection refused');
        return ours(action, message);
      },
      pair,
      'x',
    );
    expect(rows.map(({ passed }) => passed)).toEqual([false, true, true, true]);
    expect(rows[0]?.reason).toBe('connection refused');
  });

  test('what is no pair is left out', async () => {
    const other = [
      { name: 'environment', text: '' },
      { name: 'Nothing-t01-r2', text: '<a/>' },
    ];
    expect(await selfTest(ours, other, 'x')).toEqual([]);
  });
});
