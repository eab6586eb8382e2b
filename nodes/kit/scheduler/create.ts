import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { BullScheduler } from './bull.ts';
import { LocalScheduler } from './local.ts';
import type { Scheduler } from './port.ts';

/** Bull when the configuration names a Redis, in process otherwise. */
export function createScheduler(
  config: Pick<Config, 'redisUrl' | 'namespace' | 'nodeId'>,
  log: Log,
): Scheduler {
  const own = log.child('scheduler');
  if (config.redisUrl === undefined) return new LocalScheduler(own);
  return new BullScheduler({ url: config.redisUrl, prefix: config.namespace, nodeId: config.nodeId }, own);
}
