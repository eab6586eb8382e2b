import { expect, test } from '@jest/globals';
import { Waves } from './waves.ts';

test('a wave that ends makes room, one that has to wait halts', async () => {
  const waves = new Waves();
  const [first, second] = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
  waves.begin(first.promise);
  waves.begin(second.promise);
  expect(waves.size).toBe(2);
  first.resolve(true);
  await waves.change();
  expect([waves.size, waves.halted]).toEqual([1, false]);
  second.resolve(false);
  await waves.change();
  expect([waves.size, waves.halted]).toEqual([0, true]);
});

test('a bell ends the waiting and no wave', async () => {
  const waves = new Waves();
  const wave = Promise.withResolvers<boolean>();
  waves.begin(wave.promise);
  const waiting = waves.change();
  waves.ring();
  await waiting;
  expect([waves.size, waves.halted]).toEqual([1, false]);
  wave.resolve(true);
  await waves.ended();
});

test('a failure is kept until all have ended, and then told', async () => {
  const waves = new Waves();
  const [bad, good] = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
  waves.begin(bad.promise);
  waves.begin(good.promise);
  bad.reject(new Error('first'));
  await waves.change();
  expect([waves.size, waves.halted]).toEqual([1, true]);
  const ended = waves.ended();
  good.resolve(true);
  await expect(ended).rejects.toThrow('first');
});
