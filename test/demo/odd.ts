import { CR, FS, frame, VT } from '../peers/his/frame.ts';
import {
  adt,
  type Built,
  type Envelope,
  type MessageFactory,
  oml,
  orm,
  parts,
  pid,
  type Segment,
  stamp,
  type Version,
  write,
} from '../peers/his/messages.ts';
import { fourByteName, trailByteNames } from '../peers/his/people.ts';
import { encode } from '../peers/his/text.ts';
import { applied, type DayItem, filtered, onWire, refused } from './item.ts';

/** The odd messages of a day: everything a hub meets in practice that the usual builders do not make. Each stands alone. */
export function oddItems(factory: MessageFactory): DayItem[] {
  return [
    ...charsets(factory),
    ...shapes(factory),
    ...versions(factory),
    ...unwanted(factory),
    ...unsound(factory),
    ...framing(factory),
    ...acknowledgement(factory),
  ];
}

const order = (f: MessageFactory, over: Partial<Envelope> = {}, extra: readonly Segment[] = []) =>
  orm('NW', f.patient(), f.order(), f.envelope(over), extra);
const update = (f: MessageFactory, over: Partial<Envelope> = {}, extra: readonly Segment[] = []) =>
  adt('A08', f.patient(), f.envelope(over), extra);

/** The same message with its text changed before it is encoded. */
function retold(built: Built, charset: Envelope['charset'], change: (text: string) => string): Built {
  const text = change(built.text);
  return { ...built, text, bytes: encode(text, charset) };
}

/** Without the hanzi that the builders put in by themselves. */
const western = (built: Built, charset: Envelope['charset']) =>
  retold(built, charset, (text) => text.replace(/[\u2e80-\u{3ffff}]+/gu, 'X'));

/** The same message with its bytes changed. */
const rebuilt = (built: Built, bytes: Buffer): Built => ({ ...built, bytes });

function charsets(f: MessageFactory): DayItem[] {
  const rare = trailByteNames.map(({ name, pinyin, bytes }) =>
    applied(
      `GBK name with bytes ${bytes}`,
      adt('A08', { ...f.patient(), name, pinyin }, f.envelope({ charset: 'GBK' })),
    ),
  );
  const extended = adt('A28', { ...f.patient(), ...fourByteName }, f.envelope({ charset: 'GB18030' }));
  const utf16 = order(f, { charset: 'UTF-16LE' });
  const latin = { ...f.patient(), name: 'Müller François', address: 'Straße 5' };
  const ascii = { ...f.patient(), name: 'LI MING', address: '12 Example Road' };
  const plain: Partial<Envelope> = { charset: 'ASCII', declared: 'ASCII~GB 18030-2000' };
  return [
    ...rare,
    applied('four-byte GB18030 name', extended),
    applied('MSH-18 missing, GB18030 bytes', order(f, { charset: 'GB18030', declared: '' })),
    applied('MSH-18 missing, UTF-8 bytes', order(f, { charset: 'UTF-8', declared: '' })),
    applied('MSH-18 says ASCII, bytes are GB18030', order(f, { charset: 'GB18030', declared: 'ASCII' }), {
      also: ['refused'],
    }),
    applied('MSH-18 says UTF-8, bytes are GBK', order(f, { charset: 'GBK', declared: 'UNICODE UTF-8' }), {
      also: ['refused'],
    }),
    applied('MSH-18 says UNICODE, bytes are UTF-8', order(f, { charset: 'UTF-8', declared: 'UNICODE' })),
    applied('MSH-18 by another name: utf8', update(f, { charset: 'UTF-8', declared: 'utf8' })),
    applied('MSH-18 by another name: GB2312', update(f, { charset: 'GBK', declared: 'GB2312' })),
    applied('MSH-18 with two charsets, plain text', western(adt('A08', ascii, f.envelope(plain)), 'ASCII')),
    applied('Latin-1', western(adt('A08', latin, f.envelope({ charset: 'ISO-8859-1' })), 'ISO-8859-1')),
    applied(
      'UTF-8 with byte order mark',
      mapBytes(order(f, { charset: 'UTF-8' }), (b) => prefix(b, 0xef, 0xbb, 0xbf)),
    ),
    applied(
      'UTF-16 little endian with byte order mark',
      mapBytes(utf16, (b) => prefix(b, 0xff, 0xfe)),
    ),
    applied('UTF-16 big endian without byte order mark', order(f, { charset: 'UTF-16BE' })),
  ];
}

function shapes(f: MessageFactory): DayItem[] {
  const zs: Segment[] = [['ZPI', '医保', parts('甲类', '职工')], ['ZZ1'], ['ZXX', '', '', 'x']];
  const person = f.patient();
  const nulls = retold(adt('A08', person, f.envelope()), 'GB18030', (text) =>
    text.replace(`${person.phone}^PRN^CP`, '""').replace(/示范市[^|]*/, '""'),
  );
  const lf = order(f, { terminator: '\n' });
  const dated = retold(order(f), 'GB18030', (text) =>
    text.replace(/\|(\d{14})\|\|ORM/, '|$1.1230+0800||ORM'),
  );
  const escapes = retold(order(f, { charset: 'GBK' }), 'GBK', (text) =>
    text.replace(/NTE\|1\|P\|[^\r]*/, 'NTE|1|P|\\.br\\line\\X0D\\\\X0A\\\\XB5E7C4D4\\ \\H\\bold\\N\\ 4\\5'),
  );
  const lfInside = retold(order(f), 'GB18030', (text) => text.replace(/NTE\|1\|P\|/, '$&one\ntwo '));
  return [
    applied('unknown Z segments', order(f, {}, zs)),
    applied('own delimiters #@~/%', order(f, { delimiters: '#@~/%' })),
    applied('own delimiters |~^\\&', update(f, { delimiters: '|~^\\&' })),
    applied('truncation character in MSH-2', order(f, { delimiters: '|^~\\&#', version: '2.7' })),
    applied('LF for CR', lf),
    applied('CRLF for CR', update(f, { terminator: '\r\n' })),
    applied(
      'empty lines between segments',
      retold(order(f), 'GB18030', (t) => t.replaceAll('\r', '\r\r')),
    ),
    applied('LF inside a text field', lfInside),
    applied(
      'no terminator after the last segment',
      retold(update(f), 'GB18030', (t) => t.slice(0, -1)),
    ),
    applied(
      'spaces before MSH',
      retold(order(f), 'GB18030', (t) => `  ${t}`),
    ),
    applied('explicit nulls in address and phone', nulls),
    applied(
      'trailing separators',
      retold(order(f), 'GB18030', (t) => t.replaceAll('\r', '|||\r')),
    ),
    applied('escapes of every kind', escapes),
    applied('fraction and zone in MSH-7', dated),
    applied(
      'note of 70 KB',
      orm('NW', f.patient(), { ...f.order(), note: '详见附件。'.repeat(7000) }, f.envelope()),
    ),
    applied('OML instead of ORM', oml('NW', f.patient(), f.order(), f.envelope())),
  ];
}

function versions(f: MessageFactory): DayItem[] {
  const all: Version[] = ['2.2', '2.3', '2.3.1', '2.4', '2.5', '2.6', '2.7', '2.8'];
  return all.flatMap((version) => [
    applied(`version ${version}, patient`, adt('A04', f.patient(), f.envelope({ version }))),
    applied(`version ${version}, order`, order(f, { version })),
  ]);
}

function unwanted(f: MessageFactory): DayItem[] {
  const e = () => f.envelope();
  const person = f.patient();
  const sch = ['SCH', `${f.prefix}S1`, '', '', '', '', parts('CHECKUP', '复诊', 'L')];
  const txa = ['TXA', '1', 'CN', 'TX', stamp(new Date(0))];
  const obx = ['OBX', '1', 'TX', parts('NOTE', '病程记录', 'L'), '', '一般情况良好'];
  const qrd = ['QRD', stamp(new Date(0)), 'R', 'I', 'Q1', '', '', parts('1', 'RD'), person.mrn, 'DEM'];
  return [
    filtered('pre-admission, not wanted', adt('A05', f.patient(), e())),
    filtered('appointment, not wanted', write('SIU^S12', 'SIU_S12', [sch, pid(person)], e())),
    filtered('document, not wanted', write('MDM^T02', 'MDM_T02', [pid(person), txa, obx], e())),
    filtered(
      'charge, not wanted',
      write('DFT^P03', 'DFT_P03', [pid(person), ['FT1', '1', '', '', '', '', 'CG']], e()),
    ),
    filtered('query, not wanted', write('QRY^A19', 'QRY_A19', [qrd], e())),
    filtered('unknown type ZZZ^Z01', write('ZZZ^Z01', 'ZZZ_Z01', [pid(person)], e())),
  ];
}

function unsound(f: MessageFactory): DayItem[] {
  const noId = order(f, { controlId: '' });
  const noType = retold(order(f), 'GB18030', (t) => t.replace('ORM^O01^ORM_O01', ''));
  const torn = retold(order(f), 'GB18030', (t) =>
    t.replace(/NTE\|1\|P\|/, '$&first line\rcontinued 电话8001 '),
  );
  const headless = rebuilt(update(f), encode('PID|1||12345^^^HIS\r', 'ASCII'));
  const words = rebuilt(update(f), encode('hello, is anybody there?', 'ASCII'));
  const undecodable = update(f, { charset: 'UTF-8' });
  const half = Buffer.from(undecodable.bytes);
  half[half.indexOf(encode('示范市', 'UTF-8')) + 1] = 0xff;
  return [
    refused('no MSH-10', noId),
    refused('no MSH-9', noType),
    refused('raw CR inside a field', torn),
    refused('no MSH at all', { ...headless, controlId: '', type: '' }),
    refused('not HL7', { ...words, controlId: '', type: '' }),
    refused('undecodable byte in UTF-8', rebuilt(undecodable, half)),
  ];
}

function framing(f: MessageFactory): DayItem[] {
  const framed = (make: (wire: Buffer) => (Buffer | number)[], label: string) => {
    const built = order(f);
    return onWire(applied(label, built), make(frame(built.bytes)));
  };
  const cut = update(f);
  const lost = update(f);
  const batch = [order(f), update(f), order(f)];
  const at = stamp(new Date(0));
  const head = `FHS|^~\\&|HIS|HOSPITAL|CYTOMESH|CELLLAB|${at}||||F1\rBHS|^~\\&|HIS|HOSPITAL|CYTOMESH|CELLLAB|${at}||||B1\r`;
  const whole = Buffer.concat([
    Buffer.from(head),
    ...batch.map((b) => b.bytes),
    Buffer.from('BTS|3\rFTS|1\r'),
  ]);
  const first = order(f);
  return [
    framed((w) => [Buffer.from('\0\0\r\n'), w, Buffer.from(' \n')], 'noise around the frame'),
    framed((w) => [Buffer.concat([Buffer.of(VT), w, Buffer.of(FS, CR)])], 'framed twice'),
    framed((w) => byByte(w, 40), 'byte by byte'),
    framed((w) => [w.subarray(0, -1), 20, w.subarray(-1)], 'last CR in the next packet'),
    framed((w) => [w.subarray(0, 200), 20, w.subarray(200)], 'frame in two packets'),
    onWire(applied('a frame cut off, then a whole one', first), [
      frame(cut.bytes).subarray(0, 150),
      frame(first.bytes),
    ]),
    onWire(
      refused('a frame cut off, then the connection', lost, { ack: 'none', keys: [], ownConnection: true }),
      [frame(lost.bytes).subarray(0, 150)],
    ),
    applied('batch of three in one frame', rebuilt(batch[0]!, whole), {
      type: 'batch',
      keys: batch.map((b) => b.controlId),
    }),
    {
      label: 'noise only',
      type: '',
      chunks: [Buffer.from('\r\n\r\nGET / HTTP/1.1\r\n')],
      controlId: '',
      keys: [],
      expect: 'noise',
      ack: 'none',
      ownConnection: true,
    },
  ];
}

function acknowledgement(f: MessageFactory): DayItem[] {
  const asking = (accept: string, application: string) =>
    retold(order(f), 'GB18030', (t) =>
      t.replace('|P|2.5.1|||||CHN', `|P|2.5.1|||${accept}|${application}|CHN`),
    );
  return [
    applied('enhanced mode, accept acknowledgement wanted', asking('AL', 'NE'), { ack: 'CA' }),
    applied('enhanced mode, no acknowledgement wanted', asking('NE', 'NE'), { ack: 'none' }),
  ];
}

/** The first `count` bytes one by one, the rest at once. */
const byByte = (wire: Buffer, count: number): Buffer[] => [
  ...Array.from(wire.subarray(0, count), (byte) => Buffer.of(byte)),
  wire.subarray(count),
];
const mapBytes = (built: Built, change: (bytes: Buffer) => Buffer): Built =>
  rebuilt(built, change(built.bytes));
const prefix = (bytes: Buffer, ...values: number[]): Buffer => Buffer.concat([Buffer.of(...values), bytes]);
