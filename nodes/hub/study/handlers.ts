import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import { channelStudyActions } from '../../../contracts/channel/channel-study.actions.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { type Call, type Handler, handle } from '../../kit/service.ts';
import type { Endpoint, InChannel, OutChannel } from '../book.ts';
import type { Hub } from '../hub.ts';
import { reach } from '../partner/reach.ts';
import { formsOf, specification } from '../specify/specification.ts';
import type { ChannelRow } from '../supervise/definitions.ts';
import { goldenOf } from './golden.ts';
import { selfTest } from './self-test.ts';

/** Handlers by which an engineer studies a channel: self-test, address, specification. */
export const studyHandlers = (hub: Hub): Handler[] => [
  handle(channelStudyActions.selfTest, async ({ id }, call) => {
    const row = await one(call, id);
    const result = await selfTest(hub, channelsOf(hub, row));
    return call.write(async (work) => {
      work.audit(channelRecord, row, 'selfTest', null, null, `${result.passed} / ${result.rows.length}`);
      return result;
    });
  }),
  handle(channelStudyActions.reach, async ({ id }, call) => {
    const row = await one(call, id);
    const items = [];
    for (const { orgId, def } of endpointsOf(hub, row))
      items.push(...(await reach(hub, orgId, def, hub.settingsOf(orgId))));
    return { items };
  }),
  handle(channelStudyActions.about, async ({ id }, call) => {
    const row = await one(call, id);
    const channels = channelsOf(hub, row);
    const maps = new Set(channels.flatMap((c) => c.def.map ?? []));
    return {
      forms: formsOf(endpointsOf(hub, row), channels),
      samples: [...maps].reduce((sum, map) => sum + goldenOf(map).length, 0),
      expect: channels.flatMap((c) => (c.def.expect ?? []).map((one) => ({ channel: c.code, ...one }))),
    };
  }),
  handle(channelStudyActions.specification, async ({ id, form, language }, call) => {
    const row = await one(call, id);
    const [endpoints, channels] = [endpointsOf(hub, row), channelsOf(hub, row)];
    if (!formsOf(endpoints, channels).includes(form)) throw new Fault('channel.form.missing', { form });
    return specification(hub, { row, endpoints, channels }, form, language, call);
  }),
];

async function one(call: Call, id: string): Promise<ChannelRow> {
  const [row] = await call.kit.find(channelRecord, call.meta.caller, { id, voidedAt: null });
  if (!row) throw new Fault('kernel.record.missing', { record: 'channel', id });
  return row;
}

/** The channel itself, or the channels that take from an endpoint or send to it. */
function channelsOf({ book }: Hub, row: ChannelRow): (InChannel | OutChannel)[] {
  const { orgId, code } = row;
  if (row.kind !== 'endpoint') return [book.channel(orgId, code)].filter((c) => c !== undefined);
  return [...book.inbound, ...book.outbound].filter(
    (c) =>
      c.orgId === orgId &&
      (c.kind === 'in' ? c.def.source.endpoint === code : c.def.targets.some((t) => t.endpoint === code)),
  );
}

function endpointsOf(hub: Hub, row: ChannelRow): Endpoint[] {
  const { orgId } = row;
  const codes =
    row.kind === 'endpoint'
      ? [row.code]
      : channelsOf(hub, row).flatMap((c) =>
          c.kind === 'in' ? [c.def.source.endpoint] : c.def.targets.map((t) => t.endpoint),
        );
  return [...new Set(codes)].flatMap((code) => hub.book.endpoint(orgId, code) ?? []);
}
