import { v1 } from './v1.ts';
import type { ViewSet } from './view.ts';

/** All versions that others may be reading. One is taken out when nobody does any more. */
export const versions: readonly ViewSet[] = [v1];
