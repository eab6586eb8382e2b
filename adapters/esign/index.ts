import type { Adapter } from '../../contracts/adapter/port.ts';
import { descriptor } from './descriptor.ts';
import { listen } from './link-in.ts';
import { connect } from './link-out.ts';

export const adapter: Adapter = { descriptor, listen, connect };
