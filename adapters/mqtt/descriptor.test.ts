import { describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { listening } from '../../test/peers/mqtt/listening.ts';
import { descriptor } from './descriptor.ts';

const listen = Compile(descriptor.listen!);
const send = Compile(descriptor.send!);
const broker = { port: 1883 };

describe('settings', () => {
  test.each<[string, object]>([
    ['a broker alone', { broker }],
    [
      'a device with rights',
      { broker: { ...broker, devices: [{ name: 'f-1', password: 'x', publish: ['lab/%u/#'] }] } },
    ],
    [
      'a subscriber',
      { client: { url: 'mqtts://lab:p%40ss@broker.example:8883' }, intake: [{ topic: 'lab/{device}/+' }] },
    ],
  ])('%s is accepted', (_, settings) => {
    expect([...listen.Errors(settings)]).toEqual([]);
  });

  test.each<[string, object]>([
    ['an unknown key', { broker: { ...broker, prot: 1 } }],
    ['a right that is no filter', { broker: { ...broker, devices: [{ name: 'f', publish: ['lab/#/x'] }] } }],
    [
      'a device whose name would change the levels of a topic',
      { broker: { ...broker, devices: [{ name: 'a/#' }] } },
    ],
    ['a template with a name twice', { broker, intake: [{ topic: '{device}/{device}' }] }],
    ['a template with a name that is taken', { broker, intake: [{ topic: 'lab/{topic}' }] }],
    ['another protocol', { client: { url: 'http://broker' } }],
    ['a path in the address', { client: { url: 'mqtt://broker/x' } }],
  ])('%s is refused', (_, settings) => {
    expect(listen.Check(settings)).toBe(false);
  });

  test('a publisher needs an address and a QoS there is', () => {
    expect(send.Check({ url: 'mqtt://[::1]:1883', qos: 2, topic: 'a' })).toBe(true);
    for (const bad of [{}, { url: 'mqtt://b', qos: 3 }]) expect(send.Check(bad)).toBe(false);
  });

  test('neither or both of broker and client is refused with its reason', async () => {
    for (const settings of [{}, { broker, client: { url: 'mqtt://b' } }])
      await expect(listening(settings)).rejects.toMatchObject({ code: 'kernel.config.invalid' });
  });

  test('one node subscribes where nothing is shared; brokers and shared subscriptions are of every node', () => {
    const single = descriptor.single as (settings: object) => boolean;
    expect([{ broker }, { client: { url: 'x' } }, { client: { url: 'x', share: 'g' } }].map(single)).toEqual([
      false,
      true,
      false,
    ]);
  });
});
