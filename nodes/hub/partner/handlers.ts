import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import { channelTemplateActions } from '../../../contracts/channel/channel-template.actions.ts';
import type { TemplateDef } from '../../../contracts/channel/template.schema.ts';
import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { orgActions } from '../../../contracts/org/org.actions.ts';
import { answersOf, makeTexts, secretOf } from '../../../mappings/engine/template.ts';
import { type Call, type Handler, handle } from '../../kit/service.ts';
import type { Hub } from '../hub.ts';
import { addChannel, type Read } from '../supervise/definitions.ts';
import { needsSecondPerson } from '../workshop/publish.ts';
import { library } from './library.ts';
import { type Reached, reach } from './reach.ts';
import { keepSecret, secretHandlers, settingOf } from './secrets.ts';
import { readTogether } from './texts.ts';

type Asked = Params<typeof channelTemplateActions.preview>;
type Told = Result<typeof channelTemplateActions.list>['items'][number];

/** Handlers of templates and secrets: a new partner in one step. */
export const partnerHandlers = (hub: Hub): Handler[] => [
  ...secretHandlers,
  handle(channelTemplateActions.list, async () => ({ items: library().templates.map(told) })),
  handle(channelTemplateActions.preview, async (params, call) => {
    const { texts, fields } = await textsOf(params, call, params.values ?? {});
    const { made, problems } = readTogether(
      hub,
      call.meta.caller.orgId,
      texts,
      withSecrets(hub, params, call),
    );
    const read = new Map(made.map((one) => [one.read.code, one.read]));
    return {
      texts: texts.map(({ code, kind, text }) => ({
        code,
        kind: kindOf(read.get(code)?.kind) ?? (kind === 'endpoint' ? 'endpoint' : 'in'),
        title: read.get(code)?.title ?? { zh: code, en: code },
        text,
      })),
      problems: [
        ...fields.map(({ field, reason }) => ({ at: field, reason })),
        // A text that lacks what was not filled in is wrong for that reason only.
        ...(fields.length > 0 ? [] : problems),
      ],
    };
  }),
  handle(channelTemplateActions.reach, async (params, call) => {
    const { orgId } = call.meta.caller;
    const { texts, fields } = await textsOf(params, call, params.values ?? {});
    if (fields.length > 0) return { items: [] };
    const values = withSecrets(hub, params, call);
    const items: Reached[] = [];
    for (const { read } of readTogether(hub, orgId, texts, values).made)
      if (read.kind === 'endpoint') items.push(...(await reach(hub, orgId, read.def, values)));
    return { items };
  }),
  handle(channelTemplateActions.create, (params, call) => create(hub, params, call)),
];

/** Templates make no mappings. */
const kindOf = (kind: Read['kind'] | undefined) => (kind === 'mapping' ? undefined : kind);

function find(id: string): TemplateDef {
  const def = library().templates.find(({ template }) => template === id);
  if (!def) throw new Fault('kernel.record.missing', { record: 'channelTemplate', id });
  return def;
}

function told({ template, make, ...rest }: TemplateDef): Told {
  const { text } = library();
  const made = make.map(({ from }) => ({ from, text: text(from) ?? '' }));
  const adapters = made.flatMap((one) => /^adapter:\s*(\S+)/m.exec(one.text)?.[1] ?? []);
  return {
    id: template,
    template,
    ...rest,
    makes: made.map((one) => ({
      from: one.from,
      kind: /^endpoint:/m.test(one.text) ? 'endpoint' : /^accept:/m.test(one.text) ? 'in' : 'out',
    })),
    adapters: [...new Set(adapters)],
  };
}

async function textsOf(params: Asked, call: Call, given: Readonly<Record<string, string>>) {
  const def = find(params.id);
  const { items } = await call.callAsSystem(orgActions.list, { filter: { id: call.meta.caller.orgId } });
  const { partner, title } = params;
  const { answers, problems } = answersOf(def, partner, given);
  const about = { partner, title, titleEn: params.titleEn?.trim() || title, org: items[0]?.code ?? '' };
  return { def, fields: problems, texts: makeTexts(def, about, answers, (code) => library().text(code)) };
}

/** Secrets that are asked for and not known yet stand as some text: their length is looked at when they are there. */
function withSecrets(hub: Hub, { id, partner }: Asked, call: Call): Record<string, unknown> {
  const asked = find(id).fields.filter((field) => field.kind === 'secret');
  return {
    ...hub.settingsOf(call.meta.caller.orgId),
    ...Object.fromEntries(asked.map(({ name }) => [settingOf(secretOf(partner, name)), 'x'.repeat(32)])),
  };
}

const unfitSecrets = (id: string, secrets: Readonly<Record<string, string>>) =>
  find(id).fields.flatMap(({ name, kind, pattern }) =>
    kind === 'secret' && secrets[name] && pattern && !new RegExp(pattern, 'u').test(secrets[name])
      ? [{ field: name, reason: 'pattern' }]
      : [],
  );

/** Endpoint, channels and secrets in one transaction, or none of them. */
async function create(
  hub: Hub,
  params: Params<typeof channelTemplateActions.create>,
  call: Call,
): Promise<Result<typeof channelTemplateActions.create>> {
  if (await needsSecondPerson(call)) throw new Fault('channel.publication.approval');
  const secrets = params.secrets ?? {};
  const known = Object.fromEntries(Object.keys(secrets).map((name) => [name, 'given']));
  const { texts, fields } = await textsOf(params, call, { ...params.values, ...known });
  const [bad] = [...fields, ...unfitSecrets(params.id, secrets)];
  if (bad) throw new Fault('channel.template.unfilled', { field: bad.field, problem: bad.reason });
  const { orgId } = call.meta.caller;
  const stored = Object.entries(secrets).map(
    ([name, value]) => [secretOf(params.partner, name), value] as const,
  );
  const values = {
    ...hub.settingsOf(orgId),
    ...Object.fromEntries(stored.map(([code, value]) => [settingOf(code), value])),
  };
  const { made, problems } = readTogether(hub, orgId, texts, values);
  const [wrong] = problems;
  if (wrong) throw new Fault('channel.text.invalid', { problem: `${wrong.at}: ${wrong.reason}` });
  const items = await call.write(async (work) => {
    const [taken] = await work.load(channelRecord, { code: made.map(({ read }) => read.code) });
    if (taken) throw new Fault('kernel.record.duplicate', { field: 'code' });
    for (const [code, value] of stored) await keepSecret(work, code, value);
    return made.map(({ read, text }) =>
      addChannel(work, read, { text, enabled: params.start }, `模板 · Template ${params.id}`),
    );
  });
  call.kit.broadcast('hub.changed', {});
  return { items };
}
