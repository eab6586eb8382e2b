import type { Adapter } from '../../contracts/adapter/port.ts';
import { connect } from './connect.ts';
import { descriptor } from './descriptor.ts';
import { listen } from './listen.ts';

export const adapter: Adapter = { descriptor, listen, connect };
