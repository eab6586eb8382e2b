import type { Buffer } from 'node:buffer';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { ReadMessage } from '../engine/format.ts';
import type { Places } from './header.ts';
import { type Row, rowsBytes } from './message.ts';
import { listOf, type RowsSettings } from './settings.ts';
import type { RawRow } from './table.ts';

interface About {
  readonly settings: RowsSettings;
  readonly places: Places;
  readonly endpoint: EndpointDef;
  readonly file: string;
  readonly fingerprint: string;
}

export interface MessageMaker {
  /** What consecutive rows of one message share; undefined where the row stands for itself. */
  groupOf(row: RawRow): string | undefined;
  message(rows: readonly RawRow[], warnings: readonly string[]): ReadMessage;
}

const MOST_KEYS = 30;
const nothingOwed = () => ({ code: '' });

/** Makes messages of rows: cells by column name, control id, keys, lanes, and what is wrong with them. */
export function messageMaker(about: About): MessageMaker {
  const { settings, places, endpoint, file } = about;
  const group = listOf(settings.group);
  const control = listOf(settings.control);
  const keys = Object.entries(settings.keys ?? {}).map(([kind, names]) => ({ kind, names: listOf(names) }));
  const lane = listOf(
    settings.lane ?? (endpoint.lane === 'endpoint' ? undefined : settings.keys?.[endpoint.lane]),
  );
  const identifiers = new Set([...group, ...control, ...lane, ...keys.flatMap(({ names }) => names)]);
  const reader = cellReader(settings, places, identifiers);

  function identityOf(bytes: Buffer, controlId: string): string {
    const policy = endpoint.duplicate?.match ?? 'never';
    if (policy === 'never') return '';
    if (policy === 'control-id' && controlId !== '') return `${settings.type ?? 'Row'}\n${controlId}`;
    return `${about.fingerprint}\n${bytes.toString('latin1')}`;
  }

  return {
    groupOf(raw) {
      if (group.length === 0 || raw.problem !== undefined) return undefined;
      const values = group.map((name) => reader.value(raw, name));
      return values.some((value) => value === '') ? undefined : JSON.stringify(values);
    },
    message(raws, warnings) {
      const [first] = raws as [RawRow];
      const problem = raws.map(reader.problem).find((found) => found !== undefined);
      const rows = raws.map(reader.row);
      const bytes = rowsBytes(rows);
      const controlId = control
        .map((name) => reader.value(first, name))
        .filter(Boolean)
        .join('-')
        .slice(0, 191);
      const found = raws.flatMap((raw) =>
        keys.flatMap(({ kind, names }) =>
          names.map((name) => ({ kind, value: reader.value(raw, name).slice(0, 64) })),
        ),
      );
      const lanes = raws.flatMap(
        (raw) => lane.map((name) => reader.value(raw, name).slice(0, 64)).find(Boolean) ?? [],
      );
      return {
        bytes,
        message: { file, rows },
        charset: 'UTF-8',
        type: settings.type ?? 'Row',
        controlId,
        identity: identityOf(bytes, controlId),
        keys: distinct([
          ...(controlId === '' ? [] : [{ kind: 'control', value: controlId.slice(0, 64) }]),
          ...found,
        ]),
        lanes: endpoint.lane === 'endpoint' ? [endpoint.endpoint] : [...new Set(lanes)],
        warnings,
        ...(problem && {
          unsound: {
            code: 'hub.message.unsound' as const,
            data: {
              segment: `第 ${problem.row} 行 · row ${problem.row}`,
              field: problem.column,
              reason: problem.reason,
            },
            answer: 'AE' as const,
          },
        }),
        owed: nothingOwed,
      };
    },
  };
}

interface Problem {
  readonly row: number;
  readonly column: string;
  readonly reason: string;
}

/** Excel’s way to keep leading zeros in text: `="00123"`. */
const guarded = /^="([^"]*)"$/;
/** A long number after a spreadsheet had it: its last digits are gone. */
const damaged = /^[+-]?\d(\.\d+)?E\+?\d{2,}$/i;

function cellReader(settings: RowsSettings, { columns, width }: Places, identifiers: ReadonlySet<string>) {
  const at = new Map(columns.map(({ name, at }) => [name, at]));
  const nulls = new Set(settings.nulls ?? []);
  const trims = settings.trim ?? true;
  const kind = settings.kind ?? 'csv';

  const cell = (raw: RawRow, place: number): string => {
    const given = raw.cells[place] ?? '';
    const text = trims ? given.trim() : given;
    return kind === 'csv' ? (guarded.exec(text)?.[1] ?? text) : text;
  };

  function problem(raw: RawRow): Problem | undefined {
    const { number: row, cells } = raw;
    if (raw.problem !== undefined) return { row, column: '', reason: raw.problem.reason };
    if (kind === 'csv' && cells.slice(width).some((extra) => extra.trim() !== ''))
      return { row, column: '', reason: `多于 ${width} 列 · more than ${width} cells` };
    if (kind === 'csv' && cells.length < width && settings.ragged !== 'pad')
      return {
        row,
        column: '',
        reason: `只有 ${cells.length} 列，应为 ${width} · ${cells.length} cells instead of ${width}`,
      };
    for (const { name, at: place } of columns) {
      const fault = raw.faults?.get(place);
      if (fault !== undefined) return { row, column: name, reason: fault };
      if (identifiers.has(name) && damaged.test(cell(raw, place)))
        return {
          row,
          column: name,
          reason: '号码被表格软件改成了科学计数 · an identifier that a spreadsheet turned into 1.2E+17',
        };
    }
    return undefined;
  }

  return {
    problem,
    value(raw: RawRow, name: string): string {
      const place = at.get(name);
      const text = place === undefined ? '' : cell(raw, place);
      return nulls.has(text) ? '' : text;
    },
    row(raw: RawRow): Row {
      const cells: Record<string, string | null> = Object.create(null);
      for (const { name, at: place } of columns) {
        const text = cell(raw, place);
        if (text !== '') cells[name] = nulls.has(text) ? null : text;
      }
      const line = raw.problem?.text ?? (problem(raw) && raw.cells.join('\t'));
      return { row: raw.number, cells, ...(line !== undefined && { line }) };
    },
  };
}

function distinct(keys: readonly { kind: string; value: string }[]) {
  const seen = new Set<string>();
  return keys
    .filter(({ kind, value }) => {
      const key = `${kind}\n${value}`;
      return value !== '' && !seen.has(key) && seen.add(key) !== undefined;
    })
    .slice(0, MOST_KEYS);
}
