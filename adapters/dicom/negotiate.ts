import type { AssociateRequest, ContextResult, ProposedContext, Rejection } from './associate.ts';
import type { ListenSettings } from './descriptor.ts';
import {
  applicationContext,
  explicitBig,
  implicitLittle,
  isPlain,
  isStorable,
  isStorage,
  modalityWorklist,
  verification,
} from './uid.ts';

/** Why the association is refused as a whole; undefined: it may be had. */
export function refusal(request: AssociateRequest, settings: ListenSettings): Rejection | undefined {
  const { aeTitle = 'CYTOMESH', calledAe = [aeTitle], callingAe } = settings;
  if (request.application !== applicationContext) return 'application-unknown';
  if (!calledAe.includes('*') && !calledAe.includes(request.called)) return 'called-unknown';
  if (callingAe !== undefined && !callingAe.includes(request.calling)) return 'calling-unknown';
  return undefined;
}

/** The answer to each proposed context (PS3.8 §9.3.3.2). */
export const negotiate = (request: AssociateRequest, settings: ListenSettings): ContextResult[] =>
  request.contexts.map((context) => answered(context, settings));

function answered({ id, abstract, syntaxes }: ProposedContext, settings: ListenSettings): ContextResult {
  const usable = usableFor(abstract, settings);
  if (usable === undefined) return { id, result: 3, syntax: implicitLittle };
  const syntax = best(syntaxes.filter(usable));
  return syntax === undefined ? { id, result: 4, syntax: implicitLittle } : { id, result: 0, syntax };
}

/** Which transfer syntaxes serve a service; undefined where it is not offered. */
function usableFor(abstract: string, settings: ListenSettings): ((syntax: string) => boolean) | undefined {
  if (abstract === verification) return isPlain;
  if (abstract === modalityWorklist) return settings.worklist === undefined ? undefined : isPlain;
  const stored = settings.sopClasses?.includes(abstract) ?? isStorage(abstract);
  return stored ? isStorable : undefined;
}

/** The first the peer names, as nothing is decoded here; implicit VR and big endian only where it names no other. */
const best = (offered: readonly string[]): string | undefined =>
  offered.find((syntax) => syntax !== implicitLittle && syntax !== explicitBig) ??
  offered.find((syntax) => syntax === implicitLittle) ??
  offered[0];
