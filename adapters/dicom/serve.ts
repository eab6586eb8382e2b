import type { Reply as IntakeReply, ListenContext } from '../../contracts/adapter/port.ts';
import { type Command, commands, replyTo } from './command.ts';
import type { ListenSettings } from './descriptor.ts';
import type { Incoming } from './messages.ts';
import type { AnySink, QuerySink, StoreSink } from './sinks.ts';
import { type Answer, status } from './status.ts';
import { type StoreAbout, store } from './store.ts';
import { modalityWorklist } from './uid.ts';
import { findWorklist } from './worklist.ts';

export interface ServeAbout extends StoreAbout {
  /** Whether the peer has cancelled this request. */
  readonly cancelled: () => boolean;
  readonly incident: (kind: string, reason: string) => void;
}

export interface Reply {
  readonly parts: readonly { readonly command: Buffer; readonly dataset?: Buffer }[];
  /** To be told whether the reply left. */
  readonly written?: IntakeReply['written'] | undefined;
}

interface Around {
  readonly context: ListenContext;
  readonly settings: ListenSettings;
}

/** Carries out one request and gives its answers (PS3.7 §9.1, PS3.4 Annexes A, B, K). Throws only where we are at fault. */
export async function serve(around: Around, message: Incoming<AnySink>, about: ServeAbout): Promise<Reply> {
  const { command, sink } = message;
  switch (command.field) {
    case commands.echoRequest:
      return one(command, { status: status.success });
    case commands.storeRequest:
      if (sink?.kind === 'store') return stored(around, command, sink, about);
      return one(command, { status: status.cannotUnderstand, comment: 'no data set' });
    case commands.findRequest:
      if (sink?.kind === 'query') return found(around, command, sink, about);
      return one(command, { status: status.cannotUnderstand, comment: 'no identifier' });
    default:
      about.incident('unknown-operation', `command ${command.field.toString(16).padStart(4, '0')}`);
      return one(command, { status: status.unrecognizedOperation });
  }
}

const one = (command: Command, answer: Answer): Reply => ({ parts: [{ command: replyTo(command, answer) }] });

async function stored(
  { context }: Around,
  command: Command,
  sink: StoreSink,
  about: ServeAbout,
): Promise<Reply> {
  const { answer, written } = await store(context, command, sink, about);
  if (answer.status !== status.success) {
    const kind = answer.status === status.outOfResources ? 'intake-refused' : 'image-refused';
    about.incident(kind, `${answer.status.toString(16)} ${answer.comment ?? ''}`.trim());
  }
  return { ...one(command, answer), written };
}

async function found(
  { context, settings }: Around,
  command: Command,
  sink: QuerySink,
  about: ServeAbout,
): Promise<Reply> {
  const { worklist } = settings;
  if (about.abstract !== modalityWorklist || worklist === undefined)
    return one(command, { status: status.sopClassNotSupported });
  if (sink.tooLarge) return one(command, { status: status.outOfResources, comment: 'too many keys' });
  const result = await findWorklist(context, worklist, sink.finish(), about);
  if (about.cancelled()) return one(command, { status: status.cancelled });
  if (result.final.status !== status.success)
    about.incident('query-refused', `${result.final.status.toString(16)} ${result.final.comment ?? ''}`);
  const parts = result.found.map((answer) => ({
    command: replyTo(command, { status: answer.status, dataset: true }),
    dataset: answer.dataset,
  }));
  return { parts: [...parts, { command: replyTo(command, result.final) }] };
}
