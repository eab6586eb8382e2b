import { describe } from '@jest/globals';
import { silentLog } from '../../../nodes/kit/log.ts';
import { LocalScheduler } from '../../../nodes/kit/scheduler/local.ts';
import { schedulerSuite } from './scheduler.suite.ts';

describe('scheduler in process', () => {
  schedulerSuite(() => new LocalScheduler(silentLog));
});
