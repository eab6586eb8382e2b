import type { Table } from './point-schema.ts';

export type Mode = 'tcp' | 'rtu-over-tcp';

/** An answer as it came off the wire; `transaction` is of Modbus TCP. */
export interface Answer {
  readonly transaction?: number;
  readonly unit: number;
  readonly pdu: Buffer;
}

export const readFunctions: Readonly<Record<Table, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

const pduOf = (code: number, first: number, second: number): Buffer => {
  const pdu = Buffer.alloc(5);
  pdu.writeUInt8(code, 0);
  pdu.writeUInt16BE(first, 1);
  pdu.writeUInt16BE(second, 3);
  return pdu;
};

export const readRequest = (table: Table, address: number, count: number): Buffer =>
  pduOf(readFunctions[table], address, count);

export const writeCoil = (address: number, on: boolean): Buffer => pduOf(5, address, on ? 0xff00 : 0);

/** Function 6 for one register, 16 for more. */
export function writeRegisters(address: number, values: Buffer): Buffer {
  if (values.length === 2) return pduOf(6, address, values.readUInt16BE());
  return Buffer.concat([pduOf(16, address, values.length / 2), Buffer.from([values.length]), values]);
}

/** MBAP header and PDU (Modbus Messaging on TCP/IP V1.0b, 3.1.3), or address, PDU and CRC of the serial line. */
export function encodeRequest(mode: Mode, transaction: number, unit: number, pdu: Buffer): Buffer {
  if (mode === 'rtu-over-tcp') {
    const body = Buffer.concat([Buffer.from([unit]), pdu]);
    return Buffer.concat([body, crcBytes(body)]);
  }
  const header = Buffer.alloc(7);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unit, 6);
  return Buffer.concat([header, pdu]);
}

/** CRC-16 of the serial line (Modbus over Serial Line V1.02, 6.2.2), low byte first. */
export function crcBytes(bytes: Uint8Array): Buffer {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  const out = Buffer.alloc(2);
  out.writeUInt16LE(crc);
  return out;
}

const largestPdu = 253;

/** Takes the first answer off the bytes; `garbage` where they can never become one, undefined where more must come. */
export function takeAnswer(
  mode: Mode,
  bytes: Buffer,
): { readonly answer: Answer; readonly rest: Buffer } | { readonly garbage: string } | undefined {
  return mode === 'tcp' ? takeTcp(bytes) : takeRtu(bytes);
}

function takeTcp(bytes: Buffer): ReturnType<typeof takeAnswer> {
  if (bytes.length >= 4 && bytes.readUInt16BE(2) !== 0) return { garbage: 'not the protocol Modbus' };
  if (bytes.length < 7) return undefined;
  const length = bytes.readUInt16BE(4);
  if (length < 3 || length > largestPdu + 1) return { garbage: `a length of ${length} bytes` };
  if (bytes.length < 6 + length) return undefined;
  const answer = {
    transaction: bytes.readUInt16BE(0),
    unit: bytes.readUInt8(6),
    pdu: bytes.subarray(7, 6 + length),
  };
  return { answer, rest: bytes.subarray(6 + length) };
}

function takeRtu(bytes: Buffer): ReturnType<typeof takeAnswer> {
  if (bytes.length < 3) return undefined;
  const code = bytes.readUInt8(1);
  const size = rtuSize(code, bytes.readUInt8(2));
  if (size === undefined) return { garbage: `function code ${code}` };
  if (bytes.length < size) return undefined;
  const body = bytes.subarray(0, size - 2);
  if (!crcBytes(body).equals(bytes.subarray(size - 2, size)))
    return { garbage: 'the checksum does not hold' };
  return {
    answer: { unit: bytes.readUInt8(0), pdu: body.subarray(1) },
    rest: bytes.subarray(size),
  };
}

/** Length of an answer on the serial line with address and CRC. */
function rtuSize(code: number, count: number): number | undefined {
  if (code >= 0x80) return 5;
  if (code >= 1 && code <= 4) return 5 + count;
  return [5, 6, 15, 16].includes(code) ? 8 : undefined;
}

/** Exception codes (Modbus Application Protocol V1.1b3, 7). */
export const exceptionNames: Readonly<Record<number, string>> = {
  1: 'illegal-function',
  2: 'illegal-address',
  3: 'illegal-value',
  4: 'device-failure',
  5: 'acknowledge',
  6: 'busy',
  8: 'memory-parity',
  10: 'gateway-no-path',
  11: 'gateway-no-answer',
};
