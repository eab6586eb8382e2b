import { type Static, Type } from 'typebox';

const only = { additionalProperties: false };
const name = '^[^\\s$@.][^$@\\u0000-\\u001f]*$';
const columnName = (description: string) =>
  Type.String({ pattern: name, minLength: 1, maxLength: 100, description });
const columnNames = (description: string) =>
  Type.Union([columnName(description), Type.Array(columnName(description), { minItems: 1, maxItems: 5 })], {
    description,
  });
const header = Type.String({ minLength: 1, maxLength: 200 });

const columnSchema = Type.Object(
  {
    header: Type.Optional(
      Type.Union([header, Type.Array(header, { minItems: 1, maxItems: 20 })], {
        description:
          '表头文字，可列别名；写文件时用第一个 · Header text or its aliases; the first is written',
      }),
    ),
    position: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: '第几列，从 1 起 · Position, counted from 1' }),
    ),
    start: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: '定长：起始位置，从 1 起 · Fixed width: first place, from 1',
      }),
    ),
    length: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: '定长：长度 · Fixed width: length' }),
    ),
    optional: Type.Optional(
      Type.Boolean({
        description:
          '表头可以没有此列；缺省必须有 · The header may lack it; by default the file is then refused',
      }),
    ),
    align: Type.Optional(
      Type.Enum(['left', 'right'], {
        description: '写定长时的对齐，缺省 left · Alignment when written, default left',
      }),
    ),
    pad: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1,
        description: '写定长时的填充字符，缺省空格 · Filling when written',
      }),
    ),
  },
  { ...only, description: '列的位置 · Where a column stands' },
);

/** Settings of the format, under `read` of an endpoint. They serve both ways: files that come and files we write. */
export const rowsSettings = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum(['csv', 'fixed', 'xlsx'], {
        description: '文件种类，缺省 csv · Separated text (default), fixed width, Excel workbook',
      }),
    ),
    columns: Type.Optional(
      Type.Record(
        Type.String({ pattern: name, maxLength: 100 }),
        Type.Union([header, Type.Integer({ minimum: 1, maximum: 1000 }), Type.Array(header), columnSchema]),
        {
          description:
            '列名 → 表头文字、别名列表或第几列；不设则以表头文字为列名 · Column name → header text, its aliases, or position; without it header texts are the names',
        },
      ),
    ),
    header: Type.Optional(
      Type.Boolean({
        description:
          '首行是表头；缺省 csv、xlsx 有，fixed 无 · The first row is a header; default yes, of fixed width no',
      }),
    ),
    skip: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1000,
        description: '表头之前略过的行 · Rows left out before the header',
      }),
    ),
    separator: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1,
        description:
          '分隔符，缺省逗号；首行 sep=; 优先 · Separator, default comma; a first line sep=; beats it',
      }),
    ),
    quote: Type.Optional(
      Type.String({ maxLength: 1, description: '引号，缺省 "；空为无 · Quote, default "; empty: none' }),
    ),
    unit: Type.Optional(
      Type.Enum(['bytes', 'characters'], {
        description:
          '定长按字节或字符计，缺省 bytes · Fixed width counts bytes of the charset (default) or characters',
      }),
    ),
    sheet: Type.Optional(
      Type.Union(
        [Type.String({ minLength: 1, maxLength: 100 }), Type.Integer({ minimum: 1, maximum: 255 })],
        {
          description: '工作表名或序号，缺省第一个 · Sheet by name or number, default the first',
        },
      ),
    ),
    type: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z][A-Za-z0-9_.-]*$',
        maxLength: 40,
        description: '消息类型，通道按它接收，缺省 Row · Type that channels accept by, default Row',
      }),
    ),
    control: Type.Optional(
      columnNames(
        '控制号取自哪些列 · Columns that make the control id, and with duplicate.match: control-id what is repeated',
      ),
    ),
    keys: Type.Optional(
      Type.Partial(
        Type.Object(
          {
            patient: columnNames('患者 · Patient'),
            visit: columnNames('就诊 · Visit'),
            order: columnNames('申请单 · Placer order'),
            filler: columnNames('订单 · Filler order'),
            specimen: columnNames('标本 · Specimen'),
            report: columnNames('报告 · Report'),
            device: columnNames('设备 · Device'),
          },
          only,
        ),
        {
          ...only,
          description: '业务键，供查询与保序 · Identifiers to find messages by and to keep order by',
        },
      ),
    ),
    lane: Type.Optional(
      columnNames(
        '保序的列，缺省取 keys 中端点 lane 所指者 · Column that keeps order, default the key of the endpoint’s lane',
      ),
    ),
    group: Type.Optional(
      columnNames(
        '相邻且这些列相同的行合为一条消息 · Consecutive rows alike in these columns form one message',
      ),
    ),
    ragged: Type.Optional(
      Type.Enum(['refuse', 'pad'], {
        description:
          '列数不足的行：拒绝（缺省）或补空 · A row with too few cells: refused (default) or filled up',
      }),
    ),
    trim: Type.Optional(
      Type.Boolean({
        description: '去掉单元格首尾空白，缺省 true · Blanks around a cell are taken off, default true',
      }),
    ),
    nulls: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
        maxItems: 10,
        description: '表示“清空”的文字，如 NULL · Texts that mean: cleared by the sender',
      }),
    ),
    maxRows: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 500_000,
        description: '行数上限，缺省 100000 · Most rows, default 100000',
      }),
    ),
    lineEnd: Type.Optional(
      Type.Enum(['crlf', 'lf'], {
        description: '写文件时的换行，缺省 crlf · Line end when written, default crlf',
      }),
    ),
    bom: Type.Optional(
      Type.Boolean({
        description: '写 UTF 文件时加字节序标记 · A byte order mark before UTF text that is written',
      }),
    ),
  },
  { ...only, description: '行式文件 · Files of rows' },
);
export type RowsSettings = Static<typeof rowsSettings>;

/** A column with its defaults filled in. */
export interface Column {
  readonly name: string;
  readonly headers: readonly string[];
  readonly position?: number;
  readonly start?: number;
  readonly length?: number;
  readonly optional: boolean;
  readonly align: 'left' | 'right';
  readonly pad: string;
}

/** The columns of the settings in their order; undefined where header texts are the names. */
export function columnsOf({ columns }: RowsSettings): readonly Column[] | undefined {
  if (columns === undefined) return undefined;
  return Object.entries(columns).map(([name, given]) => {
    const own = typeof given === 'object' && !Array.isArray(given) ? given : {};
    const texts = typeof given === 'string' || Array.isArray(given) ? given : own.header;
    const position = typeof given === 'number' ? given : own.position;
    return {
      name,
      headers: texts === undefined ? (position === undefined ? [name] : []) : [texts].flat(),
      ...(position !== undefined && { position }),
      ...(own.start !== undefined && { start: own.start }),
      ...(own.length !== undefined && { length: own.length }),
      optional: own.optional ?? false,
      align: own.align ?? 'left',
      pad: own.pad ?? ' ',
    };
  });
}

export const listOf = (names: string | readonly string[] | undefined): readonly string[] =>
  names === undefined ? [] : typeof names === 'string' ? [names] : names;
