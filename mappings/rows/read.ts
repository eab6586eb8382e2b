import { Buffer } from 'node:buffer';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { FrameToRead, ReadFrame, ReadMessage } from '../engine/format.ts';
import { decodeBytes } from '../hl7v2/charset.ts';
import { readCsv } from './csv-read.ts';
import { fingerprint } from './fingerprint.ts';
import { readFixed } from './fixed-read.ts';
import { findColumns, type Places } from './header.ts';
import { type MessageMaker, messageMaker } from './row-message.ts';
import { columnsOf, listOf, type RowsSettings } from './settings.ts';
import type { RawRow, Table } from './table.ts';
import { readXlsx } from './xlsx-read.ts';

/** A file as its messages: one for each row, or for consecutive rows of a group. Never throws. */
export function readRows(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  return { messages: messagesOf(frame, endpoint), reply: () => undefined };
}

function messagesOf(frame: FrameToRead, endpoint: EndpointDef): ReadMessage[] {
  const settings = (endpoint.read ?? {}) as RowsSettings;
  if (frame.broken)
    return [refused(frame, endpoint, { code: frame.broken.code, data: { reason: frame.broken.reason } })];
  const table = tableOf(frame.bytes, settings, endpoint);
  if ('code' in table) return [refused(frame, endpoint, table)];
  if ('bad' in table) return [refused(frame, endpoint, unsound(table.bad))];
  const columns = columnsOf(settings);
  const headed = settings.kind === 'fixed' ? false : (settings.header ?? true);
  const rows = headed ? table.rows.slice(1) : table.rows;
  const places =
    settings.kind === 'fixed'
      ? { columns: columns!.map(({ name }, at) => ({ name, at })), width: columns!.length }
      : findColumns(columns, headed ? (table.rows[0] ?? { number: 1, cells: [] }) : undefined, rows[0]);
  if ('bad' in places) return [refused(frame, endpoint, unsound(places.bad))];
  const stray = strayName(settings, places);
  if (stray !== undefined)
    return [
      refused(
        frame,
        endpoint,
        unsound(`设置中的列 ${stray} 不存在 · the settings name a column ${stray}, which is not there`),
      ),
    ];
  const make = messageMaker({
    settings,
    places,
    endpoint,
    file: frame.meta?.file ?? '',
    fingerprint: fingerprint(frame.bytes),
  });
  return grouped(rows, make, [...frame.oddities, ...table.warnings]);
}

/** Rows in their order; the warnings about the file go with its first message. */
function grouped(rows: readonly RawRow[], make: MessageMaker, warnings: readonly string[]): ReadMessage[] {
  const messages: ReadMessage[] = [];
  let open: RawRow[] = [];
  let key = '';
  const close = (): void => {
    if (open.length > 0) messages.push(make.message(open, messages.length === 0 ? warnings : []));
    open = [];
  };
  for (const row of rows) {
    const own = make.groupOf(row);
    if (own === undefined || own !== key) close();
    key = own ?? '';
    open.push(row);
  }
  close();
  return messages;
}

type Refusal = NonNullable<ReadMessage['unsound']> extends infer U ? Omit<U & object, 'answer'> : never;

const unsound = (reason: string): Refusal => ({
  code: 'hub.message.unsound',
  data: { segment: '文件 · file', field: '', reason },
});

/** The file as a whole, kept as it came. */
function refused(frame: FrameToRead, endpoint: EndpointDef, { code, data }: Refusal): ReadMessage {
  return {
    bytes: frame.bytes,
    message: undefined,
    charset: endpoint.decode.charset,
    type: ((endpoint.read ?? {}) as RowsSettings).type ?? 'Row',
    controlId: '',
    identity: frame.bytes,
    keys: [],
    lanes: [],
    warnings: frame.oddities,
    unsound: { code, data, answer: 'AR' },
    owed: () => ({ code: '' }),
  };
}

type Found = { rows: readonly RawRow[]; warnings: readonly string[] } | { bad: string } | Refusal;

function tableOf(bytes: Uint8Array, settings: RowsSettings, { decode }: EndpointDef): Found {
  const { kind = 'csv', skip = 0, maxRows = 100_000 } = settings;
  const workbook =
    bytes.length > 3 && Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('PK\u0003\u0004'));
  if (kind === 'xlsx') {
    if (!workbook && !isOle(bytes)) return { bad: '不是 .xlsx 工作簿 · not an .xlsx workbook' };
    return withWarnings(readXlsx(bytes, { sheet: settings.sheet, skip, maxRows }), []);
  }
  if (workbook || isOle(bytes)) return { bad: '是工作簿而不是文本 · a workbook, where text is expected' };
  const decoded = decodeBytes(bytes, decode);
  if (decoded.problem) return { code: 'hub.charset.undecodable', data: { ...decoded.problem } };
  const warnings = decoded.warnings.map(({ code, detail }) => `${code} ${detail}`);
  const nul = decoded.text.indexOf('\u0000');
  if (nul >= 0)
    return { bad: `第 ${nul + 1} 个字符是 NUL，不是文本 · character ${nul + 1} is NUL: not text` };
  if (kind === 'csv') {
    const { separator = ',', quote = '"' } = settings;
    return withWarnings(readCsv(decoded.text, { separator, quote, skip, maxRows }), warnings);
  }
  const columns = columnsOf(settings);
  if (columns === undefined) return { bad: '定长文件须设 columns · fixed width needs the setting columns' };
  const { charset } = decoded;
  const { unit = 'bytes', header = false } = settings;
  return withWarnings(readFixed(decoded.text, { columns, unit, charset, header, skip, maxRows }), warnings);
}

const withWarnings = (table: Table, warnings: readonly string[]): Found =>
  'bad' in table ? table : { rows: table.rows, warnings };

const isOle = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0;

/** A column that control, keys, lane or group name and that no row can have; one that is optional may be missing. */
function strayName(settings: RowsSettings, { columns }: Places): string | undefined {
  const known = new Set([
    ...columns.map(({ name }) => name),
    ...(columnsOf(settings) ?? []).map(({ name }) => name),
  ]);
  const named = [settings.control, settings.lane, settings.group, ...Object.values(settings.keys ?? {})];
  return named.flatMap((names) => listOf(names)).find((name) => !known.has(name));
}
