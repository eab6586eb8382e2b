import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type BrokerOptions, type Context, Errors, type ServiceBroker, type ServiceSchema } from 'moleculer';
import { Fault, type FaultShape, isFault } from '../../contracts/kernel/fault.ts';
import { createBroker, meshFault } from './broker.ts';
import { createLog, silentLog } from './log.ts';

const nats = 'nats://127.0.0.1:4222';
const natsUp = await new Promise<boolean>((resolve) => {
  const socket = connect(4222, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
  socket.on('error', () => resolve(false));
});

const brokers: ServiceBroker[] = [];
let serial = 0;
const stopAll = () => Promise.all(brokers.splice(0).map((broker) => broker.stop()));

const wires: { name: string; transporter?: string; more: BrokerOptions; skip: boolean }[] = [
  { name: 'the fake transporter', more: { transporter: 'Fake' }, skip: false },
  { name: 'NATS', transporter: nats, more: {}, skip: !natsUp && process.env.CI !== 'true' },
];

type Act = (ctx: Context) => unknown;

/** Two nodes that serve one action each; what it does is set by the test. */
async function twoNodes(wire: (typeof wires)[number]) {
  serial += 1;
  const acts: { near: Act; far: Act } = { near: () => undefined, far: () => undefined };
  const node = (name: 'near' | 'far') => {
    const config = { nodeId: `${name}-${serial}`, namespace: `test-${process.pid}-${serial}` };
    const broker = createBroker(
      wire.transporter ? { ...config, transporter: wire.transporter } : config,
      silentLog,
      { registry: { stopDelay: 0 }, ...wire.more },
    );
    broker.createService({ name, actions: { act: (ctx: Context) => acts[name](ctx) } });
    brokers.push(broker);
    return broker;
  };
  const [near, far] = [node('near'), node('far')];
  await Promise.all([near.start(), far.start()]);
  await Promise.all([near.waitForServices('far', 5000, 20), far.waitForServices('near', 5000, 20)]);
  return { near, far, acts };
}

const failure = async (promise: Promise<unknown>): Promise<Fault> => {
  const error: unknown = await promise.then(
    () => new Error('did not fail'),
    (e: unknown) => e,
  );
  if (!isFault(error)) throw error;
  return error;
};

for (const wire of wires) {
  (wire.skip ? describe.skip : describe)(`[ARC-05] faults over ${wire.name}`, () => {
    let mesh: Awaited<ReturnType<typeof twoNodes>>;
    beforeAll(async () => {
      mesh = await twoNodes(wire);
    });
    afterAll(stopAll);

    test('a fault arrives with the same code, kind, message and data, and without the stack of the far node', async () => {
      mesh.acts.far = function stackOfFarNode() {
        throw new Fault('donor.record.merged', { into: 'd-2' });
      };
      const fault = await failure(mesh.near.call('far.act'));
      expect(fault.toJSON()).toEqual({
        code: 'donor.record.merged',
        kind: 'rejected',
        message: 'This donor was merged into d-2',
        data: { into: 'd-2' },
      } satisfies FaultShape);
      expect(fault.retryable).toBe(false);
      expect(fault.stack).not.toContain('stackOfFarNode');
    });

    test('a fault keeps its shape when it crosses two hops', async () => {
      mesh.acts.near = () => {
        throw new Fault('order.number.unknown', { number: 'P-1' });
      };
      mesh.acts.far = (ctx) => ctx.call('near.act');
      const fault = await failure(mesh.near.call('far.act'));
      expect(fault).toMatchObject({
        code: 'order.number.unknown',
        kind: 'rejected',
        data: { number: 'P-1' },
      });
    });

    test('an unknown error becomes broken and its text stays on its node', async () => {
      mesh.acts.far = () => {
        throw new RangeError('patient 13800001111');
      };
      const fault = await failure(mesh.near.call('far.act'));
      expect(fault).toMatchObject({ code: 'kernel.internal.error', kind: 'broken', data: {} });
      expect(JSON.stringify(fault) + fault.stack).not.toContain('13800001111');
    });

    test('a transient fault is retried until it passes', async () => {
      let runs = 0;
      mesh.acts.far = () => {
        runs += 1;
        if (runs < 3) throw new Fault('kernel.store.unavailable');
        return runs;
      };
      expect(await mesh.near.call('far.act')).toBe(3);
    });

    test('a fault of another kind is not retried', async () => {
      let runs = 0;
      mesh.acts.far = () => {
        runs += 1;
        throw new Fault('kernel.machine.reason');
      };
      await failure(mesh.near.call('far.act'));
      expect(runs).toBe(1);
    });

    test('a fault that was retried by the inner caller is not retried again by the outer one', async () => {
      let runs = 0;
      mesh.acts.near = () => {
        runs += 1;
        throw new Fault('kernel.store.unavailable');
      };
      mesh.acts.far = (ctx) => ctx.call('near.act', {}, { retries: 2 });
      const fault = await failure(mesh.near.call('far.act'));
      expect(fault).toMatchObject({ code: 'kernel.store.unavailable', kind: 'transient' });
      expect(runs).toBe(3);
    });

    test('a doubtful attempt makes a later transient failure ambiguous', async () => {
      let runs = 0;
      mesh.acts.far = () => {
        runs += 1;
        if (runs === 1) throw new Errors.RequestRejectedError({ action: 'far.act' });
        throw new Fault('kernel.store.unavailable');
      };
      const fault = await failure(mesh.near.call('far.act', {}, { retries: 1 }));
      expect(fault).toMatchObject({ code: 'kernel.mesh.timeout', kind: 'ambiguous' });
      expect(runs).toBe(2);
    });

    test('a timeout is ambiguous and is repeated at most once', async () => {
      let runs = 0;
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      mesh.acts.far = () => {
        runs += 1;
        return held;
      };
      const fault = await failure(mesh.near.call('far.act', {}, { timeout: 100 }));
      expect(fault).toMatchObject({
        code: 'kernel.mesh.timeout',
        kind: 'ambiguous',
        data: { action: 'far.act' },
      });
      expect(runs).toBeLessThanOrEqual(2);
      release();
    });

    // Last: the far node is gone afterwards.
    test('a node that goes in mid-call leaves an ambiguous failure, not a transient one', async () => {
      let began: () => void = () => undefined;
      const running = new Promise<void>((resolve) => {
        began = resolve;
      });
      let release: () => void = () => undefined;
      mesh.acts.far = () => {
        began();
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      };
      const outcome = failure(mesh.near.call('far.act'));
      await running;
      await mesh.far.transit?.disconnect();
      expect(await outcome).toMatchObject({ code: 'kernel.mesh.timeout', kind: 'ambiguous' });
      release();
    });
  });
}

(natsUp || process.env.CI === 'true' ? describe : describe.skip)('message size on NATS', () => {
  afterAll(stopAll);

  test('what exceeds the limit of the server is refused at once, in both directions', async () => {
    const { near, acts } = await twoNodes(wires[1]!);
    acts.far = () => 'x'.repeat(9_000_000);
    const up = await failure(near.call('far.act', { text: 'x'.repeat(9_000_000) }));
    expect(up).toMatchObject({ code: 'kernel.mesh.large', kind: 'rejected' });
    const down = await failure(near.call('far.act'));
    expect(down).toMatchObject({ code: 'kernel.mesh.large', kind: 'rejected' });
  });
});

describe('one node alone', () => {
  afterEach(stopAll);

  async function one(service: ServiceSchema, log = silentLog) {
    serial += 1;
    const broker = createBroker({ nodeId: `one-${serial}`, namespace: 'test' }, log);
    brokers.push(broker);
    broker.createService(service);
    await broker.start();
    return broker;
  }

  test('a missing service is transient', async () => {
    const broker = await one({ name: 'empty' });
    const fault = await failure(broker.call('nowhere.call', {}, { retries: 0 }));
    expect(fault).toMatchObject({
      code: 'kernel.mesh.unavailable',
      kind: 'transient',
      data: { action: 'nowhere.call' },
    });
  });

  test('a call waits for a service that comes a moment later', async () => {
    const broker = await one({ name: 'first' });
    const answer = broker.call('later.call');
    broker.createService({ name: 'later', actions: { call: () => 'here' } });
    expect(await answer).toBe('here');
  });

  test('a local action that times out is not started a second time', async () => {
    let runs = 0;
    let release: () => void = () => undefined;
    const broker = await one({
      name: 'slow',
      actions: {
        call: () => {
          runs += 1;
          return new Promise<void>((resolve) => {
            release = resolve;
          });
        },
      },
    });
    const fault = await failure(broker.call('slow.call', {}, { timeout: 20 }));
    expect(fault.code).toBe('kernel.mesh.timeout');
    expect(runs).toBe(1);
    release();
  });

  test('stopping waits for a call that runs', async () => {
    let release: () => void = () => undefined;
    let began: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      began = resolve;
    });
    const broker = await one({
      name: 'work',
      actions: {
        call: () => {
          began();
          return new Promise((resolve) => {
            release = () => resolve('done');
          });
        },
      },
    });
    const answer = broker.call('work.call');
    await running;
    const stopped = broker.stop();
    brokers.length = 0;
    release();
    expect(await answer).toBe('done');
    await stopped;
  });

  test('a call loop ends as our bug', async () => {
    const broker = await one({ name: 'loop', actions: { call: (ctx) => ctx.call('loop.call') } });
    expect(await failure(broker.call('loop.call'))).toMatchObject({
      code: 'kernel.internal.error',
      kind: 'broken',
    });
  });

  test('an unexpected error is logged once, with its place and without its text', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', nodeId: 'n', destination: { write: (l) => void lines.push(l) } });
    const broker = await one(
      {
        name: 'bad',
        actions: {
          inner() {
            throw new Error('patient 13800001111');
          },
          outer: (ctx) => ctx.call('bad.inner'),
        },
      },
      log,
    );
    await failure(broker.call('bad.outer'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('broker.test.ts');
    expect(lines[0]).toContain('bad.inner');
    expect(lines[0]).not.toContain('13800001111');
  });
});

test('errors of any origin become a fault', () => {
  expect(meshFault(undefined).code).toBe('kernel.internal.error');
  expect(meshFault({ type: 'REQUEST_REJECTED' }).kind).toBe('ambiguous');
  expect(meshFault({ type: 'QUEUE_FULL' }).kind).toBe('transient');
  const fault = new Fault('user.session.missing');
  expect(meshFault(fault)).toBe(fault);
});
