import { readdirSync, readFileSync } from 'node:fs';
import type { InboundFrame, Reply } from '../../../contracts/adapter/port.ts';
import type { ChannelInDef } from '../../../contracts/channel/channel.schema.ts';
import { codeLookupOf } from '../../../mappings/engine/codes.ts';
import { compileMapping } from '../../../mappings/engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../../../mappings/engine/compiled.ts';
import type { Answer } from '../../../mappings/engine/format.ts';
import { readProfile } from '../../../mappings/engine/profile.ts';
import { format } from '../../../mappings/hip/format.ts';

const room = new URL('../../../mappings/', import.meta.url);
const folders = ['codes/', 'hip/', 'hip/optional/'];
const files = folders.flatMap((folder) =>
  readdirSync(new URL(folder, room))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, room), 'utf8') })),
);
const profile = readProfile(files, new Map([[format.name, format]]));
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const channels = profile.channels.flatMap(({ def }) => ('accept' in def ? [def] : []));
const endpoint = profile.endpoints.find(({ def }) => def.endpoint === 'hip')!.def;
const mapping = (id: string | undefined) => {
  const def = profile.mappings.find((one) => one.def.mapping === id)?.def;
  return def && compileMapping(def, codes, format);
};

/** What the domain says to a query. */
const found: Record<string, object> = {
  PatientQuery: {
    type: 'PatientsFound',
    patients: [{ identifiers: [{ number: 'M20260001', authority: 'HIS' }], name: '赵明远', sex: 'M' }],
  },
  FactQuery: {
    type: 'FactsFound',
    facts: [{ kind: 'ResultReported', at: '2026-03-03T08:00:00.000Z', number: 'RP1', title: '细胞活率' }],
  },
};

/** The profile without a hub around it: format, channels and mappings answer a frame as the hub would. */
export async function acceptByProfile(frame: InboundFrame): Promise<Partial<Reply>> {
  const read = format.read(frame, endpoint);
  const message = read.messages[0]!;
  const bytes = read.reply([answerTo(message)], frame.receivedAt);
  return bytes ? { bytes } : {};
}

function answerTo(message: ReturnType<typeof format.read>['messages'][number]): Answer {
  if (message.unsound) return answer(message, message.unsound.answer, String(message.unsound.data.reason));
  const channel = channels.find(({ accept }) => accept.includes(message.type));
  if (!channel) return { ...answer(message, 'AA'), unwanted: true };
  const result = (mapping(channel.map) as InMappingCompiled).toCanonical(message.message);
  if (!('messages' in result)) return answer(message, 'AE', result.problems[0]?.reason);
  const text = queried(channel, result.messages[0]?.type ?? '');
  return { ...answer(message, 'AA'), ...(text === undefined ? {} : { text }) };
}

function queried({ answer: id }: ChannelInDef, type: string): string | undefined {
  if (id === undefined || !found[type]) return undefined;
  const environment = {
    controlId: 'A1',
    time: '2026-03-02T12:00:05+08:00',
    sendingApplication: 'CYTOMESH',
    sendingFacility: 'CELLLAB',
  };
  const result = (mapping(id) as OutMappingCompiled).fromCanonical(found[type] as never, environment);
  return 'text' in result ? result.text : undefined;
}

const answer = (
  message: ReturnType<typeof format.read>['messages'][number],
  outcome: Answer['outcome'],
  reason?: string,
): Answer => ({ code: message.owed(outcome).code, outcome, ...(reason === undefined ? {} : { reason }) });
