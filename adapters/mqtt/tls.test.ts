import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { brokerOf, type Listening, listening, options, sending } from '../../test/peers/mqtt/listening.ts';
import { describeWithMosquitto, pub } from '../../test/peers/mqtt/mosquitto.ts';

const pem = (name: string): string => join(import.meta.dirname, '../mllp/samples', name);
const tls = { certificate: pem('server.pem'), key: pem('server.key') };
/** CN of `client.pem`. */
const named = { name: 'client' };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
async function serve(broker: object): Promise<Listening> {
  const made = await listening(brokerOf({ ...broker }));
  cleanups.push(() => made.stop());
  return made;
}

describeWithMosquitto('[INT-07] [ARC-09] MQTT over TLS', () => {
  const args = (at: Listening, ...more: string[]): string[] => [
    ...[
      '-h',
      'localhost',
      '-p',
      String(at.listener.port),
      '--cafile',
      pem('ca.pem'),
      '-q',
      '1',
      '-m',
      'x',
      ...more,
    ],
  ];

  test('with a password, by a client that checks our certificate; in the clear nothing is answered', async () => {
    const at = await serve({ tls, host: 'localhost' });
    const sent = await pub(args(at, '-u', 'fridge-1', '-P', 'secret-1', '-t', 'lab/fridge-1/t'));
    expect(sent).toEqual({ code: 0, output: '' });
    expect(at.texts()).toEqual(['x']);
    const plain = await pub([
      '-h',
      'localhost',
      '-p',
      String(at.listener.port),
      '-t',
      'lab/fridge-1/t',
      '-m',
      'x',
    ]);
    expect(plain.code).not.toBe(0);
    expect(at.kinds()).toContain('tls-failed');
  });

  test('by certificate: the CN is the device, with its rights and without a password; without one nobody gets in', async () => {
    const at = await serve({
      tls: { ...tls, clientCa: pem('ca.pem'), nameFromCertificate: true },
      host: 'localhost',
      devices: [named],
    });
    const mine = ['--cert', pem('client.pem'), '--key', pem('client.key')];
    expect(await pub(args(at, ...mine, '-t', `lab/${named.name}/t`))).toEqual({ code: 0, output: '' });
    expect(at.frames).toMatchObject([
      { meta: { user: named.name }, peerCertificate: expect.stringContaining(`CN=${named.name}`) },
    ]);
    const none = await pub(args(at, '-t', `lab/${named.name}/t`));
    expect(none.code).not.toBe(0);
    const other = await pub(args(at, ...mine, '-V', 'mqttv5', '-t', 'lab/other/t'));
    expect(other.output.toLowerCase()).toContain('not authorized');
    expect(at.frames).toHaveLength(1);
  });
});

test('[INT-07] [ARC-09] a publisher checks the broker’s certificate', async () => {
  const at = await serve({ tls, host: 'localhost' });
  const url = `mqtts://fridge-1:secret-1@localhost:${at.listener.port}`;
  const sender = sending({ url, tls: { ca: pem('ca.pem') } });
  const doubtful = sending({ url });
  cleanups.push(
    () => sender.close(),
    () => doubtful.close(),
  );
  expect(await sender.send(Buffer.from('x'), options('lab/fridge-1/t'))).toMatchObject({ kind: 'replied' });
  expect(sender.connections()).toMatchObject([{ tls: expect.stringMatching(/^TLSv1\.[23]$/) }]);
  expect(await doubtful.send(Buffer.from('x'), options('lab/fridge-1/t'))).toMatchObject({
    kind: 'not-sent',
  });
});
