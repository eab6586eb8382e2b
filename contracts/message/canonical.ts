import type { Static } from 'typebox';
import { clinicalMessages } from './canonical.clinical.ts';
import { labMessages } from './canonical.lab.ts';

/** The canonical messages: few, ours, and all that a domain word knows of a partner. Times are ISO 8601 with offset. */
export const canonical = { ...clinicalMessages, ...labMessages } as const;

export type CanonicalType = keyof typeof canonical;
export type Canonical = { [K in CanonicalType]: Static<(typeof canonical)[K]> }[CanonicalType];
export type CanonicalOf<K extends CanonicalType> = Static<(typeof canonical)[K]>;
