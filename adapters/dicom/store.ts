import type { InboundFrame, ListenContext, Reply } from '../../contracts/adapter/port.ts';
import type { FaultCode } from '../../contracts/faults/catalogue.ts';
import { isFault } from '../../contracts/kernel/fault.ts';
import type { CharsetSettings } from './charset.ts';
import type { Command } from './command.ts';
import { type Dataset, readDataset } from './dataset.ts';
import { headerOf, headerTags, Values } from './header.ts';
import { inflatedHead } from './inflate.ts';
import { readPart10 } from './part10.ts';
import type { StoreSink } from './sinks.ts';
import { type Answer, status } from './status.ts';
import { tag } from './syntax.ts';
import { deflatedLittle, explicitLittle, isUid } from './uid.ts';

/** Who sent the instance and how. */
export interface StoreAbout {
  readonly calling: string;
  readonly called: string;
  /** Abstract syntax of the presentation context. */
  readonly abstract: string;
  readonly syntax: string;
  readonly connection: string;
  readonly peer: string;
  readonly peerCertificate?: string | undefined;
  readonly charset: CharsetSettings;
}

export interface Stored {
  readonly answer: Answer;
  /** To be told whether the answer left. */
  readonly written?: Reply['written'] | undefined;
}

interface Unsound {
  readonly answer: Answer;
  readonly code: FaultCode;
}

/**
 * C-STORE (PS3.4 Annex B). Success is answered only when the instance is committed; what intake cannot take now is out of
 * resources, so the sender keeps it and tries again. What is not sound is kept all the same, as evidence.
 */
export async function store(
  context: ListenContext,
  command: Command,
  sink: StoreSink,
  about: StoreAbout,
): Promise<Stored> {
  const receivedAt = context.now();
  if (sink.refused !== undefined) return { answer: sink.refused };
  const { file, digest } = sink.finish();
  const { dataset, problem } = await readHead(file, about.syntax);
  const values = new Values(dataset, about.charset);
  const unsound = problem ?? mismatch(command, about, values);
  const sopInstance = command.sopInstance.slice(0, 64);
  const header = {
    sopClass: command.sopClass.slice(0, 64),
    sopInstance,
    transferSyntax: about.syntax,
    ...headerOf(values),
    digest,
    size: file.length,
  };
  const frame: InboundFrame = {
    bytes: Buffer.from(JSON.stringify(header)),
    connection: about.connection,
    peer: about.peer,
    ...(about.peerCertificate !== undefined && { peerCertificate: about.peerCertificate }),
    receivedAt,
    oddities: [...values.reader.oddities],
    ...(unsound && { broken: { code: unsound.code, reason: unsound.answer.comment ?? '' } }),
    meta: { callingAe: about.calling, calledAe: about.called, sopInstance },
    blobs: [{ digest, mediaType: 'application/dicom', bytes: file }],
  };
  let reply: Reply;
  try {
    reply = await context.accept(frame);
  } catch (error) {
    context.log.warn('an image could not be kept, the sender is to try again', {
      endpoint: context.endpoint,
      faultCode: isFault(error) ? error.code : undefined,
    });
    return { answer: { status: status.outOfResources, comment: 'not kept, send again' } };
  }
  return { answer: unsound?.answer ?? answerOf(reply), written: reply.written };
}

function answerOf(reply: Reply): Answer {
  switch (reply.outcome) {
    case 'kept':
    case 'repeated':
      return { status: status.success };
    case 'unwanted':
      return { status: status.sopClassNotSupported, comment: reply.reason ?? 'no channel takes it' };
    default:
      return { status: status.cannotUnderstand, comment: reply.reason ?? 'refused' };
  }
}

async function readHead(file: Buffer, syntax: string): Promise<{ dataset: Dataset; problem?: Unsound }> {
  const body = readPart10(file)?.dataset ?? Buffer.alloc(0);
  const deflated = syntax === deflatedLittle;
  const plain = deflated ? await inflatedHead(body) : body;
  const found =
    plain === undefined
      ? { problem: 'the deflated data set cannot be inflated' }
      : readDataset(plain, deflated ? explicitLittle : syntax, headerTags);
  if (!('problem' in found)) return { dataset: found };
  const answer = { status: status.cannotUnderstand, comment: found.problem };
  return { dataset: new Map(), problem: { answer, code: 'hub.frame.broken' } };
}

/** The command, the presentation context and the data set must speak of the same instance (PS3.4 §B.2.3, A9xx). */
function mismatch(command: Command, about: StoreAbout, values: Values): Unsound | undefined {
  const differs = (comment: string): Unsound => ({
    answer: { status: status.notOfClass, comment },
    code: 'hub.frame.broken',
  });
  if (!isUid(command.sopInstance) || !isUid(command.sopClass))
    return {
      answer: { status: status.cannotUnderstand, comment: 'the SOP UIDs are no UIDs' },
      code: 'hub.frame.broken',
    };
  if (command.sopClass !== about.abstract) return differs('not the SOP class of the presentation context');
  if (uidOf(values, tag.sopClass) !== command.sopClass)
    return differs('the SOP class of the data set is another');
  if (uidOf(values, tag.sopInstance) !== command.sopInstance)
    return differs('the SOP instance of the data set is another');
  return undefined;
}

const uidOf = (values: Values, one: number): string => values.text(one)?.replace(/\0.*$/, '') ?? '';
