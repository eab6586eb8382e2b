import type { Middleware, ServiceBroker } from 'moleculer';
import { Fault, isFault } from '../../contracts/kernel/fault.ts';
import type { Log } from './log.ts';
import { meshErrorType, meshFault } from './mesh-fault.ts';

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  /** First pause in ms; doubles each time. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

type Call = (name: string, params?: unknown, options?: CallOptions) => Promise<unknown> & { ctx?: unknown };
interface CallOptions {
  readonly retries?: number;
  readonly [key: string]: unknown;
}

/**
 * Repeats calls that failed for a passing reason and gives the caller a `Fault` in the end. It stands around
 * `broker.call`, outside the timeout and the breaker, and so differs from moleculer's own retry in four ways:
 * a call also waits for a node to appear; a timeout is repeated once only and never on this node, where the first run is
 * still going; once an attempt may have run, the final failure of the mesh is `ambiguous`, whatever came last; and a
 * fault that was retried here is not retried again by the callers of the caller.
 *
 * Repeating means at least once: every action is a read, carries an idempotency key or deduplicates by content.
 * `{ retries: 0 }` in the call's options turns it off.
 */
export function meshRetry(policy: RetryPolicy, log: Log): (broker: ServiceBroker) => Middleware {
  const build = (broker: ServiceBroker) => ({
    name: 'MeshRetry',
    call(next: Call): Call {
      return (name, params, options) => {
        const attempt = () => next(name, params, options);
        const first = attempt();
        const outcome = first.catch(again) as ReturnType<Call>;
        outcome.ctx = first.ctx;
        return outcome;

        async function again(error: unknown): Promise<unknown> {
          const retries = options?.retries ?? policy.retries;
          let ambiguous = false;
          let timeouts = 0;
          for (let tried = 0; ; tried += 1) {
            const type = meshErrorType(error);
            if (type === 'REQUEST_TIMEOUT' || type === 'REQUEST_REJECTED') ambiguous = true;
            if (type === 'REQUEST_TIMEOUT') timeouts += 1;
            if (tried >= retries || timeouts > 1 || !repeatable(error, broker.nodeID)) break;
            const ms = Math.min(policy.delayMs * 2 ** tried, policy.maxDelayMs);
            log.debug('call repeated', { action: name, attempt: tried + 1, ms, ...(type ? { type } : {}) });
            await new Promise((resolve) => setTimeout(resolve, ms));
            try {
              const repeated = attempt();
              const result = await repeated;
              outcome.ctx = repeated.ctx;
              return result;
            } catch (failed) {
              error = failed;
            }
          }
          throw final(error, ambiguous, name);
        }
      };
    },
  });
  return build as unknown as (broker: ServiceBroker) => Middleware;
}

function repeatable(error: unknown, nodeId: string): boolean {
  if (isFault(error)) return error.retryable;
  switch (meshErrorType(error)) {
    case 'REQUEST_TIMEOUT':
      return (error as { data?: { nodeID?: unknown } }).data?.nodeID !== nodeId;
    case 'REQUEST_REJECTED':
    case 'SERVICE_NOT_FOUND':
    case 'SERVICE_NOT_AVAILABLE':
    case 'QUEUE_FULL':
    case 'BAD_GATEWAY':
      return true;
    default:
      return false;
  }
}

function final(error: unknown, ambiguous: boolean, action: string): Fault {
  const seen = meshFault(error);
  const doubtful = ambiguous && seen.kind === 'transient';
  const fault = doubtful ? new Fault('kernel.mesh.timeout', { action }, error) : seen;
  return Object.assign(fault, { retryable: false });
}
