import { describe, expect, test } from '@jest/globals';
import type { SendOutcome } from '../../../contracts/adapter/port.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import { judge } from './outcome.ts';

const endpoint = {
  def: { decode: { mode: 'forced', charset: 'GB18030' } } as EndpointDef,
  format: formats.get('hl7v2')!,
};
const policy = 'resend';
const replied = (...segments: string[]): SendOutcome => ({
  kind: 'replied',
  bytes: Buffer.from(`${['MSH|^~\\&|A|B|C|D|20260302||ACK|1|P|2.4', ...segments].join('\r')}\r`),
  roundTripMs: 5,
  peer: 'p',
});

describe('[INT-02] what a try means for its delivery', () => {
  for (const code of ['AA', 'CA'])
    test(`${code} delivers it`, () => {
      expect(judge(replied(`MSA|${code}|1`), endpoint, policy)).toMatchObject({
        kind: 'delivered',
        ackCode: code,
        roundTripMs: 5,
      });
    });

  for (const code of ['AE', 'AR', 'CE', 'CR'])
    test(`${code} parks it, with the place the peer names`, () => {
      expect(
        judge(replied(`MSA|${code}|1`, 'ERR||PID^1^3|101^required^HL70357|E'), endpoint, policy),
      ).toMatchObject({
        kind: 'park',
        ackCode: code,
        fault: { code: 'hub.peer.negative', data: { ack: code, reason: 'PID 3 101' } },
      });
    });

  for (const code of ['206', '207'])
    test(`AR with ${code} is "not now": the same bytes later`, () => {
      expect(judge(replied('MSA|AR|1', `ERR|||${code}^locked^HL70357|E`), endpoint, policy)).toMatchObject({
        kind: 'wait',
        fault: { code: 'hub.peer.busy', kind: 'transient' },
      });
    });

  test('an answer with the message itself, such as ORR, delivers it', () => {
    const orr: SendOutcome = {
      kind: 'replied',
      bytes: Buffer.from('MSH|^~\\&|A|B|C|D|20260302||ORR^O02|1|P|2.4\rMSA|AA|1\rORC|OK|1\r'),
      roundTripMs: 5,
      peer: 'p',
    };
    expect(judge(orr, endpoint, policy)).toMatchObject({ kind: 'delivered', ackCode: 'AA' });
  });

  test('nothing was written: it waits, whatever the policy', () => {
    const none: SendOutcome = { kind: 'not-sent', code: 'hub.peer.refused', reason: 'ECONNREFUSED' };
    for (const ambiguous of ['resend', 'ask'] as const)
      expect(judge(none, endpoint, ambiguous)).toMatchObject({
        kind: 'wait',
        fault: { code: 'hub.peer.refused' },
      });
  });

  test('silence, and what is no acknowledgement: again, or a person is asked', () => {
    const silent: SendOutcome = { kind: 'unknown', code: 'hub.peer.timeout', reason: 'no answer' };
    const odd: SendOutcome = {
      kind: 'replied',
      bytes: Buffer.from('HTTP/1.1 400'),
      roundTripMs: 1,
      peer: 'p',
    };
    for (const outcome of [silent, odd, replied('MSA||1'), replied('MSA|ZZ|1')]) {
      expect(judge(outcome, endpoint, policy).kind).toBe('wait');
      expect(judge(outcome, endpoint, 'ask').kind).toBe('park');
    }
  });

  test('a reply that cannot be decoded is read for its code all the same', () => {
    const bytes = Buffer.concat([
      Buffer.from('MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\rMSA|AA|1|'),
      Buffer.from([0xff, 0xff, 13]),
    ]);
    expect(judge({ kind: 'replied', bytes, roundTripMs: 1, peer: 'p' }, endpoint, policy)).toMatchObject({
      kind: 'delivered',
    });
  });
});
