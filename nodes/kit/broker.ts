import * as Moleculer from 'moleculer';
import { type BrokerOptions, type Middleware, ServiceBroker } from 'moleculer';
import { Fault, isFault } from '../../contracts/kernel/fault.ts';
import { BrokerLog } from './broker-log.ts';
import type { Config } from './config.ts';
import { FaultRegenerator } from './fault-regenerator.ts';
import type { Log } from './log.ts';
import { meshErrorType } from './mesh-fault.ts';
import { meshRetry } from './mesh-retry.ts';
import { meshSize } from './mesh-size.ts';

export { meshFault } from './mesh-fault.ts';

/**
 * The broker of this node. The settings were measured under rolling restarts, killed and hung nodes; each is explained
 * where it stands. It fails calls with a `Fault`, always. It does not listen to signals: who starts it stops it.
 *
 * Values cross the wire as JSON: a Date arrives as text, a Buffer must be encoded, `undefined` is left out.
 */
export function createBroker(
  config: Pick<Config, 'nodeId' | 'namespace' | 'transporter'>,
  log: Log,
  more: BrokerOptions = {},
): ServiceBroker {
  const alone = config.transporter === undefined && more.transporter === undefined;
  return new ServiceBroker({
    nodeID: config.nodeId,
    namespace: config.namespace,
    logger: new BrokerLog(log),
    transporter: config.transporter === undefined ? null : transporterOf(config.transporter, config.nodeId),
    serializer: 'JSON',
    errorRegenerator: new FaultRegenerator(),
    errorHandler: edge(log.child('mesh')) as NonNullable<BrokerOptions['errorHandler']>,

    // Without a limit a call to a hung node waits for ever.
    requestTimeout: 10_000,
    // A hung or cut-off node is left after 3 s; its pending calls fail at once and are repeated elsewhere.
    heartbeatInterval: 1,
    heartbeatTimeout: 3,
    // A stopping node first says that it leaves, waits for calls on their way, then for calls that run.
    tracking: { enabled: true, shutdownTimeout: 20_000 },
    registry: { strategy: 'RoundRobin', preferLocal: true, stopDelay: alone ? 0 : 500 },
    // Opens on timeouts and lost nodes, never on a fault: faults carry text codes.
    circuitBreaker: {
      enabled: true,
      threshold: 0.5,
      minRequestCount: 5,
      windowTime: 60,
      halfOpenTime: 5_000,
      check: (error: Error) => meshErrorType(error) !== undefined,
    },
    // A call that comes back to itself is our bug; this ends it.
    maxCallLevel: 30,
    // Params are checked by the kit against the contract.
    validator: false,
    internalMiddlewares: false,
    // From the inside out. Timeout stands inside the breaker, or the breaker never sees a timeout.
    middlewares: [
      'ActionHook',
      localTracker,
      'Timeout',
      remoteBreaker,
      'ErrorHandler',
      watchNodes,
      meshRetry({ retries: 5, delayMs: 50, maxDelayMs: 1_000 }, log.child('mesh')),
      ...(config.transporter?.startsWith('nats:') ? [meshSize] : []),
    ] as unknown as (Middleware | string)[],
    skipProcessEventRegistration: true,
    ...more,
  });
}

function transporterOf(url: string, nodeId: string): NonNullable<BrokerOptions['transporter']> {
  if (!url.startsWith('nats:')) return { type: 'Redis', options: url as unknown as Record<string, unknown> };
  // Reconnects for ever and by itself; the server's name for the connection helps the operator.
  return { type: 'NATS', options: { url, name: nodeId, maxReconnectAttempts: -1, reconnectTimeWait: 250 } };
}

type Build = (broker: ServiceBroker) => Middleware;
const { Middlewares } = Moleculer as unknown as {
  Middlewares: Record<'CircuitBreaker' | 'ContextTracker', Build>;
};

/** Moleculer looks for silent nodes only every `heartbeatTimeout`, so one may go unnoticed for twice as long. */
function watchNodes(broker: ServiceBroker): Middleware {
  let timer: NodeJS.Timeout | undefined;
  const { discoverer } = broker.registry as unknown as { discoverer: { checkRemoteNodes(): void } };
  return {
    name: 'WatchNodes',
    async started() {
      if (broker.transit) timer = setInterval(() => discoverer.checkRemoteNodes(), 250);
    },
    async stopping() {
      clearInterval(timer);
    },
  };
}

/** The breaker for other nodes only: refusing our own action because it was slow would help nobody. */
function remoteBreaker(broker: ServiceBroker): Middleware {
  const { localAction: _local, ...rest } = Middlewares.CircuitBreaker(broker);
  return rest;
}

/**
 * The tracker for actions that run here only. A call to another node that timed out is never settled inside the
 * timeout: tracked, it would stay in the list for ever and hold up every stop for the whole shutdown time.
 */
function localTracker(broker: ServiceBroker): Middleware {
  const { remoteAction: _remote, ...rest } = Middlewares.ContextTracker(broker);
  return rest;
}

/**
 * The edge of the node: an error that is neither a fault nor the mesh's own becomes `kernel.internal.error`, once, and
 * is logged here, where its stack still means something. The mesh's own errors pass: the retry outside reads them.
 */
function edge(log: Log) {
  return (error: unknown, info: { action?: { name?: string }; event?: { name?: string } }): never => {
    const data = { action: info.action?.name, event: info.event?.name };
    if (isFault(error)) {
      if (error.kind === 'broken' && !logged.has(error)) {
        logged.add(error);
        log.error('broken', { ...data, error });
      }
      throw error;
    }
    if (meshErrorType(error) !== undefined) throw error;
    const fault = new Fault('kernel.internal.error', {}, error);
    logged.add(fault);
    log.error('unexpected error', { ...data, error: fault });
    throw fault;
  };
}

/** A broken fault passes several edges on its way out and is told once per node. */
const logged = new WeakSet<Fault>();
