import type { Adapter } from '../../contracts/adapter/port.ts';
import { connect } from './control.ts';
import { descriptor } from './descriptor.ts';
import { listen } from './poll.ts';

export const adapter: Adapter = { descriptor, listen, connect };
