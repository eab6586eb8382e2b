import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { Person } from '../fault/api.ts';
import { deliveries, Hospital } from '../fault/hospital.ts';
import { judge, settledState } from '../fault/ledger.ts';
import { Case, eventually } from '../fault/ward.ts';
import { MessageFactory } from '../peers/his/messages.ts';
import { canRun, testWith } from '../servers.ts';
import { Cluster, clusterPrograms } from './cluster.ts';
import { Office } from './office.ts';

const clusterTest = testWith(...clusterPrograms);
let cluster: Cluster;
let hospitals = 0;
let hospital: Hospital | undefined;
let office: Office | undefined;

afterEach(async () => {
  await Promise.all([hospital?.abandon(), office?.close()]);
});
beforeAll(async () => {
  if (!canRun(...clusterPrograms)) return;
  cluster = await Cluster.open();
  await Promise.all([cluster.start(0), cluster.start(1)]);
}, 60_000);
afterAll(async () => cluster?.close(), 30_000);

/** Wards over both nodes and people at both gateways while `storm` goes on; then everything must add up. */
async function under(storm: (hospital: Hospital) => Promise<void>): Promise<Office> {
  hospital = new Hospital(cluster.mllpPorts, 12, ++hospitals);
  const people = new Office(cluster.ports.map((p) => p.http));
  office = people;
  await hospital.more(24);
  await people.open(3);
  await storm(hospital);
  await hospital.more(24);
  await people.close();
  await hospital.finish();
  await eventually(
    () => settledState(cluster.db),
    (n) => n === 0,
    30_000,
  );
  expect(hospital.negative).toEqual([]);
  expect(await judge(cluster.db, hospital.sent)).toEqual({
    lost: [],
    withoutEffect: [],
    disordered: [],
    otherwise: [],
  });
  await cluster.his.waitFor(
    () => [...people.accepted].every((p) => cluster.his.byPlacer(p).length > 0),
    30_000,
  );
  const told = deliveries(cluster.his)
    .map((d) => d.placer)
    .filter((p) => people.accepted.has(p));
  expect(new Set(told).size).toBe(told.length);
  expect(people.failures).toEqual([]);
  return people;
}

/** One order led through its steps at one node while the other has its troubles: the HIS must hear them in their order. */
async function leadOne(place: 0 | 1): Promise<() => Promise<void>> {
  const { mllp, http } = cluster.ports[place];
  const planner = new Person(`http://127.0.0.1:${http}`, 'planner');
  await planner.signIn();
  const factory = new MessageFactory({ seed: ++hospitals, prefix: `L${hospitals}` });
  const one = await Case.place(mllp, factory, planner);
  const led = one.lead('accept', 'hold', 'resume', 'hold', 'resume', 'hold', 'resume');
  return async () => {
    await led;
    const told = await one.deliveries((all) => all.every((d) => d.state === 'DELIVERED'));
    expect(one.heard(cluster.his)).toEqual({ controlIds: told.map((d) => d.controlId), steps: one.steps });
  };
}

const since = (began: number): number => Math.round(performance.now() - began);

const shared = (): Promise<unknown> =>
  eventually(
    () => cluster.shards(),
    ([a, b]) => a === 32 && b === 32,
    30_000,
  );

clusterTest(
  '[ARC-08] two nodes that start together share the shards, and messages kept by either are handled by both',
  async () => {
    await shared();
    const office = await under((hospital) => hospital.more(200));
    expect(office.retried).toBe(0);
    const [a, b] = await cluster.handled();
    expect(Math.min(a, b)).toBeGreaterThan(0);
  },
  60_000,
);

for (const place of [0, 1] as const)
  clusterTest(
    `[ARC-08] [INT-01] node ${place} is killed under load: nothing is lost, no request fails, the other takes all over`,
    async () => {
      await shared();
      await under(async (hospital) => {
        const inOrder = await leadOne(place === 0 ? 1 : 0);
        const began = performance.now();
        await cluster.end(place, 'SIGKILL');
        await hospital.more(12);
        const acknowledging = since(began);
        await eventually(
          () => cluster.shards(),
          (held) => held[1 - place] === 64,
          30_000,
        );
        console.info(
          `after a kill: all wards went on after ${acknowledging} ms, all lanes taken over after ${since(began)} ms`,
        );
        await inOrder();
        const joined = performance.now();
        await cluster.start(place);
        await shared();
        console.info(`a node that joins has its share ${since(joined)} ms after its start`);
      });
    },
    90_000,
  );

clusterTest(
  '[ARC-08] a node that leaves hands over at once, and no request fails',
  async () => {
    await shared();
    const office = await under(async (hospital) => {
      const inOrder = await leadOne(1);
      const began = performance.now();
      await cluster.end(0, 'SIGTERM');
      const left = since(began);
      await eventually(
        () => cluster.shards(),
        (held) => held[1] === 64,
        30_000,
      );
      console.info(`a node left in ${left} ms, all lanes were handed over after ${since(began)} ms`);
      await hospital.more(24);
      await inOrder();
      await cluster.start(0);
      await shared();
    });
    console.info(`${office.requests} requests, ${office.retried} made again`);
  },
  90_000,
);

clusterTest(
  '[ARC-08] FLUSHALL on Redis and a Redis that is away lose nothing',
  async () => {
    await shared();
    await under(async (hospital) => {
      const redis = new Redis(cluster.redis.port, '127.0.0.1');
      for (let i = 0; i < 3; i++) {
        await redis.flushall();
        await hospital.more(24);
      }
      redis.disconnect();
      await cluster.redis.kill();
      await hospital.more(48);
      await cluster.redis.start();
      await hospital.more(24);
    });
  },
  60_000,
);

clusterTest(
  '[ARC-08] NATS is killed under load and comes back: nothing is lost, no request fails',
  async () => {
    await shared();
    await under(async (hospital) => {
      await cluster.nats.kill();
      await hospital.more(48);
      await new Promise((resolve) => setTimeout(resolve, 4000)); // longer than the heartbeat
      await hospital.more(48);
      const began = performance.now();
      await cluster.nats.start();
      await shared();
      console.info(`shards shared again ${since(began)} ms after NATS was back`);
    });
  },
  60_000,
);

clusterTest(
  '[ARC-08] [INT-01] a node that hangs past its leases and comes back does nothing twice and nothing out of order',
  async () => {
    await shared();
    await under(async (hospital) => {
      const inOrder = await leadOne(1);
      cluster.nodes[0]!.process.kill('SIGSTOP');
      await eventually(
        () => cluster.shards(),
        (held) => held[1] === 64,
        30_000,
      );
      await hospital.more(24);
      await inOrder();
      cluster.nodes[0]!.process.kill('SIGCONT');
      await shared();
    });
  },
  90_000,
);
