import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { channelStudyActions } from '../../../contracts/channel/channel-study.actions.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Text } from '../../../contracts/kernel/text.ts';
import { orgActions } from '../../../contracts/org/org.actions.ts';
import type { Call } from '../../kit/service.ts';
import type { Endpoint, InChannel, OutChannel } from '../book.ts';
import type { Hub } from '../hub.ts';
import type { ChannelRow } from '../supervise/definitions.ts';
import { asyncApi } from './asyncapi.ts';
import { settingFacts } from './facts.ts';
import { renderHtml } from './html.ts';
import { openApi } from './openapi.ts';
import { paperOf, type SpecEndpoint, type SpecInput, type SpecTable } from './paper.ts';
import { renderWord } from './word.ts';

type Form = Params<typeof channelStudyActions.specification>['form'];
type File = Result<typeof channelStudyActions.specification>;

interface Subject {
  readonly row: ChannelRow;
  readonly endpoints: readonly Endpoint[];
  readonly channels: readonly (InChannel | OutChannel)[];
}

/** What can be written of these: a page and a Word file always, the others by protocol. */
export function formsOf(
  endpoints: readonly Endpoint[],
  channels: readonly (InChannel | OutChannel)[],
): Form[] {
  const listens = (adapter: string, has = (_: Readonly<Record<string, unknown>>): boolean => true) =>
    channels.some((c) => c.kind === 'in') &&
    endpoints.some((e) => e.def.adapter === adapter && e.def.listen && has(e.def.listen));
  return [
    'html',
    'docx',
    ...(listens('http', ({ path }) => typeof path === 'string') ? (['openapi'] as const) : []),
    ...(listens('soap') ? (['wsdl'] as const) : []),
    ...(listens('mqtt') ? (['asyncapi'] as const) : []),
  ];
}

/** The specification in one form and language. */
export async function specification(
  hub: Hub,
  subject: Subject,
  form: Form,
  language: 'zh' | 'en',
  call: Call,
): Promise<File> {
  const { code } = subject.row;
  const name = (ending: string): string => `${code}-${language}.${ending}`;
  if (form === 'wsdl') {
    const soap = subject.endpoints.find((e) => e.def.adapter === 'soap' && e.def.listen);
    const content = soap ? await wsdlOf(hub, soap) : undefined;
    if (content === undefined) throw new Fault('channel.form.missing', { form });
    return { name: `${code}.wsdl`, mediaType: 'text/xml; charset=utf-8', encoding: 'text', content };
  }
  const input = await inputOf(hub, subject, call);
  if (form === 'openapi' || form === 'asyncapi') {
    const content =
      form === 'openapi' ? openApi(input, language, hub.options.web.url) : asyncApi(input, language);
    return { name: name(`${form}.json`), mediaType: 'application/json', encoding: 'text', content };
  }
  const paper = paperOf(input, language);
  if (form === 'html')
    return {
      name: name('html'),
      mediaType: 'text/html; charset=utf-8',
      encoding: 'text',
      content: renderHtml(paper),
    };
  const content = (await renderWord(paper)).toString('base64');
  const mediaType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  return { name: name('docx'), mediaType, encoding: 'base64', content };
}

async function inputOf(hub: Hub, { row, endpoints, channels }: Subject, call: Call): Promise<SpecInput> {
  const { orgId } = row;
  const [{ tables }, { items }] = await Promise.all([
    call.callAsSystem(codesetActions.snapshot, {}),
    call.callAsSystem(orgActions.list, { filter: { id: orgId } }),
  ]);
  const org = items[0];
  return {
    title: { zh: row.name, en: row.nameEn || row.name },
    version: row.published,
    org: { zh: org?.name ?? '', en: org?.nameEn || org?.name || '' },
    endpoints: endpoints.map((endpoint) => specEndpoint(hub, endpoint)),
    channels,
    mapping: (id) => hub.book.mappingDef(orgId, id),
    table: (id) => tableOf(hub, id, tables[id]),
  };
}

function specEndpoint(hub: Hub, endpoint: Endpoint): SpecEndpoint {
  const { def, orgId } = endpoint;
  const adapter = hub.options.adapters.get(def.adapter);
  const values = hub.settingsOf(orgId);
  const ways = (['listen', 'send'] as const).filter((way) => def[way]);
  return {
    endpoint,
    protocol: adapter?.descriptor.title ?? { zh: def.adapter, en: def.adapter },
    address: addressOf(hub, endpoint, values),
    facts: adapter ? ways.flatMap((way) => settingFacts(adapter.descriptor, way, def[way]!, values)) : [],
  };
}

function addressOf(hub: Hub, { id, def }: Endpoint, values: Readonly<Record<string, unknown>>): Text {
  const same = (text: string): Text => ({ zh: text, en: text });
  const given = (name: string): unknown => {
    const value = (def.listen ?? def.send)?.[name];
    return typeof value === 'string' && value.startsWith('$')
      ? values[value.slice(1).replace(/\?$/, '')]
      : value;
  };
  if (def.listen) {
    const [path, port] = [given('path'), hub.links.port(id) || given('port')];
    if (def.adapter === 'soap')
      return same(`${hub.options.web.url}${typeof path === 'string' ? path : '/soap/hip'}`);
    if (def.adapter === 'http' && typeof path === 'string') return same(`${hub.options.web.url}/in/${path}`);
    if (port) return { zh: `本平台主机，TCP 端口 ${port}`, en: `host of this platform, TCP port ${port}` };
    return { zh: '由本平台主动获取', en: 'fetched by this platform' };
  }
  const [url, host, port] = [given('url'), given('host'), given('port')];
  if (typeof url === 'string') return same(url);
  return host
    ? { zh: `对方主机 ${host}:${port}`, en: `partner’s host ${host}:${port}` }
    : { zh: '对方提供', en: 'given by the partner' };
}

/** The pairs in force in the organisation, with the notes they were shipped with. */
function tableOf(
  hub: Hub,
  id: string,
  pairs: Readonly<Record<string, string>> | undefined,
): SpecTable | undefined {
  const shipped = hub.shipped.tables.find((t) => t.table === id);
  if (!pairs) return undefined;
  const notes = new Map(shipped?.entries.map((e) => [e.from, e.note ?? '']));
  return {
    title: shipped?.title ?? { zh: id, en: id },
    pairs: Object.entries(pairs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, to]) => [from, to, notes.get(from) ?? ''] as const),
  };
}

/** As the endpoint itself serves it; undefined where it is not up here. */
function wsdlOf(hub: Hub, endpoint: Endpoint): Promise<string | undefined> {
  const { local } = hub.options.web;
  if (hub.links.status(endpoint.id).status !== 'listening' || !local) return Promise.resolve(undefined);
  const path = endpoint.def.listen?.path;
  const url = `${local}${typeof path === 'string' ? path : '/soap/hip'}?wsdl`;
  return new Promise((resolve) => {
    // Our own port, by its loopback address: its certificate is for its public name.
    const request = url.startsWith('https:')
      ? tlsRequest(url, { rejectUnauthorized: false })
      : plainRequest(url);
    request.once('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () =>
        resolve(answer.statusCode === 200 ? Buffer.concat(chunks).toString('utf8') : undefined),
      );
    });
    request.once('error', () => resolve(undefined));
    request.setTimeout(5000, () => request.destroy());
    request.end();
  });
}
