import type { Field } from '../../contracts/kernel/record.ts';
import type { Text } from '../../contracts/kernel/text.ts';
import { columnsOf, type ViewColumn, type ViewDef, type ViewSet, viewName } from './view.ts';

/** The description of the views that is handed to the other vendor: the same facts as Markdown and as a page. */
const both = ({ zh, en }: Text): string => (zh === en ? zh : `${zh} · ${en}`);

const notes: readonly Text[] = [
  {
    zh: '只读。时间为 ISO 8601 UTC 文本（2026-11-23T00:30:00.000Z），定宽，可按文本比较与排序。',
    en: 'Read-only. Times are text, ISO 8601 in UTC, of fixed width: compared and sorted as text.',
  },
  {
    zh: '增量读取：以“高水位”各列排序，记住最后一行，下次从其后读起，并回读几分钟。',
    en: 'To read what is new: sort by the mark, remember the last row, begin behind it, and read back a few minutes.',
  },
  {
    zh: '版本一经发布只在末尾增列；其他改动另出新版本，旧版本继续有效。',
    en: 'A version only gains columns at its end; any other change is a new version, and the old one stays.',
  },
  {
    zh: '姓名、证件号、电话、诊断等个人信息在表中加密，视图无法解开，因此不在其中；患者标识列表与自由文本亦不在其中。',
    en: 'Names, identity numbers, phones, diagnoses are sealed in the tables; no view can open them, so none shows them. Lists of patient numbers and free text stay out as well.',
  },
  {
    zh: '需要个人信息或报告内容时，用接口查询（REST 查询、WS/T 846 查询服务），按账号授权并留痕。',
    en: 'Where they, or the contents of reports, are needed: the query interfaces (REST, the query services of WS/T 846), with rights of their own and a trail.',
  },
];

const kinds: Record<Field['column']['kind'], string> = {
  id: 'varchar(36)',
  string: 'varchar',
  text: 'text',
  json: 'text (JSON)',
  int: 'bigint',
  seq: 'bigint',
  real: 'double',
  bool: 'integer (0, 1)',
  time: 'varchar(24)',
  bytes: 'bytes',
};

function typeOf({ field: { column, options }, table }: ViewColumn): string {
  const type = column.kind === 'string' ? `varchar(${column.max})` : kinds[column.kind];
  return options.nullable || table !== 'base' ? `${type}, null` : type;
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly title: string;
  readonly meaning: string;
}

function rowOf(column: ViewColumn): Row {
  const { unit, help } = column.field.options;
  const codes = Object.entries(column.codes ?? {}).map(([code, text]) => `${code} = ${both(text)}`);
  const parts = [column.meaning ?? help, unit && { zh: `单位 ${unit}`, en: `Unit ${unit}` }]
    .filter((text) => typeof text === 'object')
    .map(both);
  return {
    name: column.name,
    type: typeOf(column),
    title: both(column.title),
    meaning: [...parts, codes.join('; ')].filter(Boolean).join('; '),
  };
}

const heads = ['列 · Column', '类型 · Type', '名称 · Title', '含义、代码 · Meaning, codes'];
const title = '数据视图接口说明 · Database views for other systems';

const cell = (text: string): string => text.replaceAll('|', '\\|');

export function markdown(sets: readonly ViewSet[]): string {
  const part = (set: ViewSet, view: ViewDef): string => {
    const rows = columnsOf(view).map(rowOf);
    return [
      `## ${viewName(set, view)}`,
      `${both(view.title)}: ${both(view.meaning)}`,
      `高水位 · Mark: ${view.mark.map((m) => `\`${m}\``).join(', ')}`,
      [
        `| ${heads.join(' | ')} |`,
        '|---|---|---|---|',
        ...rows.map((r) => `| \`${r.name}\` | ${r.type} | ${cell(r.title)} | ${cell(r.meaning)} |`),
      ].join('\n'),
    ].join('\n\n');
  };
  const parts = sets.flatMap((set) => set.views.map((view) => part(set, view)));
  return `${[`# ${title}`, notes.map((n) => `- ${n.zh} ${n.en}`).join('\n'), ...parts].join('\n\n')}\n`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const style =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}th{background:#f3f5f7}code{font-size:.95em}';

export function html(sets: readonly ViewSet[]): string {
  const part = (set: ViewSet, view: ViewDef): string => {
    const rows = columnsOf(view)
      .map(rowOf)
      .map(
        (r) =>
          `<tr><td><code>${r.name}</code></td><td>${r.type}</td><td>${escaped(r.title)}</td><td>${escaped(r.meaning)}</td></tr>`,
      );
    return [
      `<h2 id="${viewName(set, view)}"><code>${viewName(set, view)}</code></h2>`,
      `<p>${escaped(both(view.title))}: ${escaped(both(view.meaning))}<br>高水位 · Mark: <code>${view.mark.join(', ')}</code></p>`,
      `<table><tr>${heads.map((h) => `<th>${h}</th>`).join('')}</tr>`,
      ...rows,
      '</table>',
    ].join('\n');
  };
  return [
    `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>${title}</title><style>${style}</style>`,
    `<h1>${title}</h1><ul>${notes.map((n) => `<li>${escaped(n.zh)}<br>${escaped(n.en)}</li>`).join('')}</ul>`,
    ...sets.flatMap((set) => set.views.map((view) => part(set, view))),
    '</html>\n',
  ].join('\n');
}
