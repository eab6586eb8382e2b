import { createRequire } from 'node:module';
import { acknowledgement } from '../../mappings/hl7v2/ack.ts';
import { decodeBytes } from '../../mappings/hl7v2/charset.ts';
import { encodeText } from '../../mappings/hl7v2/charset-encode.ts';
import { businessKeys, laneKey } from '../../mappings/hl7v2/keys.ts';
import { Hl7Message } from '../../mappings/hl7v2/message.ts';
import { compilePath } from '../../mappings/hl7v2/path.ts';
import { checkSoundness } from '../../mappings/hl7v2/sound.ts';

/** Figures of the HL7 v2 codec on a 1 KB order in GB18030; the baseline is hl7-standard on the same text in the same run. */

const order = [
  'MSH|^~\\&|HIS|HOSP|CYTO|LAB|20260101120000||ORM^O01|MSG00001|P|2.4|||AL|NE|CHN|GB 18030-2000',
  'PID|1|P123456|P123456^^^HIS&1.2.3&ISO^MR~110101199001011234^^^CHN^NNCHN||张三丰^^^^^^L~Zhang^Sanfeng||19900101|M|||' +
    '海淀区\\T\\某街道^^北京^^100000^CHN^H||13800138000|||M',
  'PV1|1|I|W01^101^1^HOSP||||D001^李四^^^^^Dr|||||||||||V20260101',
  'ORC|NW|ORD0001^HIS|||IP||^^^20260101^^R||20260101120000|N001^王五|||D001^李四',
  'OBR|1|ORD0001^HIS||CELL01^干细胞采集^L|||20260101||||||诊断\\S\\x|||D001',
  'DG1|1||C92.0^急性髓系白血病^ICD10',
  `NTE|1||备注：${'x'.repeat(300)}`,
  'OBX|1|NM|WBC^白细胞^L||5.6|10*9/L|3.5-9.5||||F',
  'OBX|2|NM|HGB^血红蛋白^L||132|g/L|115-150||||F',
  '',
].join('\r');

const paths =
  'MSH-9.1 MSH-9.2 MSH-10 MSH-12 PID-3.1 PID-3.4.2 PID-5.1 PID-7 PID-8 PID-11.1 PV1-19.1 ORC-1 ORC-2.1 OBR-4.1 OBR-4.2';
const refs = paths.split(' ').map(compilePath);
const dotted = paths.split(' ').map((path) => path.replace('-', '.'));

const encoded = encodeText(order, 'GB18030');
if (encoded.problem !== undefined) throw new Error('the sample cannot be encoded');
const wire = Buffer.from(encoded.bytes);

function read(): Hl7Message {
  const decoded = decodeBytes(wire, { mode: 'auto' });
  if (decoded.problem !== undefined) throw new Error('the sample cannot be decoded');
  const message = Hl7Message.parse(decoded.text, { charset: decoded.charset });
  for (const ref of refs) message.read(ref);
  return message;
}

function handle(): void {
  const message = read();
  checkSoundness(message);
  businessKeys(message);
  laneKey(message);
  const text = acknowledgement({
    message,
    code: 'AA',
    controlId: 'K1',
    at: '20260101120000+0800',
    charset: 'GB18030',
  });
  encodeText(text, 'GB18030');
}

const Hl7Standard = createRequire(import.meta.url)('hl7-standard') as new (
  text: string,
) => { transform(): void; get(path: string): unknown };

function baseline(): void {
  const message = new Hl7Standard(order);
  message.transform();
  for (const path of dotted) message.get(path);
}

/** Microseconds a call, the best of five rounds. */
function measure(run: () => unknown, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < times; i++) run();
    best = Math.min(best, ((performance.now() - start) / times) * 1000);
  }
  return best;
}

const base = measure(baseline, 2000);
const print = (name: string, us: number): void => {
  const rate = Math.round(1e6 / us).toLocaleString('en');
  console.log(`${name}: ${us.toFixed(1)} us, ${rate}/s, ${(base / us).toFixed(1)} x hl7-standard`);
};
console.log(`message: ${wire.length} bytes, GB18030, 15 fields read`);
print('hl7-standard, parse and read, no decoding', base);
print('decode, parse, read', measure(read, 30000));
print('decode, parse, read, soundness, keys, acknowledgement', measure(handle, 20000));
