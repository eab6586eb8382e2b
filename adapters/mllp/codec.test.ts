import { describe, expect, test } from '@jest/globals';
import { type DecodedFrame, defaultFraming, encodeFrame, FrameDecoder, type Framing } from './codec.ts';

const VT = '\x0b';
const FS = '\x1c';
const wrap = (text: string): string => `${VT}${text}${FS}\r`;

/** Feeds the chunks; gives frames as text, what was odd or broken about each, and noise. */
function feed(chunks: readonly (string | Buffer)[], framing: Partial<Framing> = {}) {
  const frames: DecodedFrame[] = [];
  const noise: Buffer[] = [];
  const decoder = new FrameDecoder(
    { ...defaultFraming, ...framing },
    { frame: (frame) => frames.push(frame), noise: (bytes) => noise.push(Buffer.from(bytes)) },
  );
  for (const chunk of chunks) decoder.push(Buffer.from(chunk as string, 'latin1'));
  return {
    decoder,
    frames,
    texts: frames.map((frame) => frame.bytes.toString('latin1')),
    marks: frames.map((frame) => [...frame.oddities, ...(frame.broken ? [frame.broken.code] : [])]),
    noise: Buffer.concat(noise).toString('latin1'),
  };
}

const A = 'MSH|^~\\&|A\rPID|1\r';
const B = 'MSH|^~\\&|B\rPID|2\r';

describe('[INT-02] MLLP framing', () => {
  test('M1 a frame cut at any byte, also between FS and CR, is one message', () => {
    const wire = wrap(A) + wrap(B);
    for (let cut = 0; cut <= wire.length; cut++) {
      const { texts, marks, noise } = feed([wire.slice(0, cut), wire.slice(cut)]);
      expect({ cut, texts, marks, noise }).toEqual({ cut, texts: [A, B], marks: [[], []], noise: '' });
    }
  });

  test('M1 a frame that comes byte by byte is one message', () => {
    expect(feed([...(wrap(A) + wrap(B))])).toMatchObject({ texts: [A, B], noise: '' });
  });

  test('M2 ten whole frames in one segment arrive in order', () => {
    const all = Array.from({ length: 10 }, (_, i) => `${A}ZZZ|${i}\r`);
    expect(feed([all.map(wrap).join('')]).texts).toEqual(all);
  });

  test('M3 one and a half frames, the rest later, are two messages', () => {
    const wire = wrap(A) + wrap(B);
    const cut = wrap(A).length + 7;
    const first = feed([wire.slice(0, cut)]);
    expect(first.texts).toEqual([A]);
    expect(first.decoder.buffered).toBe(6);
    expect(feed([wire.slice(0, cut), wire.slice(cut)]).texts).toEqual([A, B]);
  });

  test('M4 two frames are never joined', () => {
    expect(feed([wrap(A) + wrap(B)]).frames).toHaveLength(2);
  });

  test('M5 FS with its CR in the next packet: delivered once, the CR is not noise', () => {
    const { texts, noise } = feed([`${VT}${A}${FS}`, '\r', wrap(B)]);
    expect({ texts, noise }).toEqual({ texts: [A, B], noise: '' });
  });

  test('M6 NULs, LF, blanks and CRLF between frames are skipped and counted', () => {
    const { texts, noise } = feed([`\0\0${wrap(A)}\n \r\n`, `\0${wrap(B)}\n`]);
    expect({ texts, noise }).toEqual({ texts: [A, B], noise: '\0\0\n \r\n\0\n' });
  });

  test('M7 FS without CR ends a frame where the endpoint says so, and a CR that follows is not noise', () => {
    const lenient = { requireFinalCr: false };
    expect(feed([`${VT}${A}${FS}${VT}${B}${FS}`], lenient)).toMatchObject({
      texts: [A, B],
      marks: [['no-final-cr'], ['no-final-cr']],
      noise: '',
    });
    expect(feed([`${VT}${A}${FS}`, '\r', wrap(B)], lenient)).toMatchObject({ texts: [A, B], noise: '' });
    expect(feed([`${VT}${A}${FS}`]).texts).toEqual([]);
  });

  test('M7 FS without CR before the next frame is broken where CR is required, and the next is whole', () => {
    const { texts, marks } = feed([`${VT}${A}${FS}`, wrap(B)]);
    expect(texts[1]).toBe(B);
    expect(marks).toEqual([['hub.frame.broken'], []]);
  });

  test('M8 a missing FS closes the first as broken and does not swallow the second', () => {
    const half = 'MSH|^~\\&|A\rPID|1|cut in the mid';
    for (const first of [half, A])
      for (const wire of [
        [`${VT}${first}${wrap(B)}`],
        [`${VT}${first}`, wrap(B)],
        [...`${VT}${first}${wrap(B)}`],
      ])
        expect(feed(wire)).toMatchObject({ texts: [first, B], marks: [['hub.frame.broken'], []] });
  });

  test('M9 bytes before VT, or without any VT, are noise', () => {
    expect(feed([`hello${wrap(A)}`])).toMatchObject({ texts: [A], noise: 'hello' });
    expect(feed([A])).toMatchObject({ texts: [], noise: A });
  });

  test('M10 doubled framing is unwrapped once and flagged', () => {
    const wire = `${VT}${VT}${A}${FS}\r${FS}\r${wrap(B)}`;
    for (const chunks of [[wire], [...wire]])
      expect(feed(chunks)).toMatchObject({ texts: [A, B], marks: [['double-framed'], []], noise: '' });
  });

  test('M11 VT or FS inside the payload is kept; only FS with CR ends', () => {
    const odd = `${A}OBX|1|ED|||a${FS}b${VT}c${FS}${FS}d\r`;
    for (const chunks of [[wrap(odd)], [...wrap(odd)]])
      expect(feed(chunks)).toMatchObject({ texts: [odd], marks: [[]] });
  });

  test('M12 end bytes FS NUL, and longer sequences, by endpoint', () => {
    const framing = { end: Uint8Array.of(0x1c, 0) };
    expect(feed([`${VT}${A}${FS}\0${VT}${B}${FS}\0`], framing)).toMatchObject({ texts: [A, B], noise: '' });
    const long = { start: Uint8Array.of(2, 3), end: Uint8Array.of(4, 5, 6) };
    const wire = `\x02\x03${A}\x04\x05\x06\x02\x03${B}\x04\x05\x06`;
    for (const chunks of [[wire], [...wire]])
      expect(feed(chunks, long)).toMatchObject({ texts: [A, B], noise: '' });
  });

  test('M13 a blank line is no boundary of a message', () => {
    const blank = 'MSH|^~\\&|A\r\r\n\r\nPID|1\r';
    expect(feed([wrap(blank)]).texts).toEqual([blank]);
  });

  test('M14 50 MB in 64 KB chunks is one frame, with every byte searched once', () => {
    const chunk = Buffer.alloc(65536, 0x41);
    const decoder = feed([VT]);
    for (let i = 0; i < 800; i++) decoder.decoder.push(chunk);
    expect(decoder.decoder.buffered).toBe(800 * 65536);
    decoder.decoder.push(Buffer.from(`${FS}\r`, 'latin1'));
    expect(decoder.frames[0]!.bytes.length).toBe(800 * 65536);
    expect(decoder.decoder.buffered).toBe(0);
  });

  test('M14 a frame over the cap is broken, holds no memory, and the next one is whole', () => {
    const { frames, texts, marks } = feed([VT, 'x'.repeat(900), 'y'.repeat(900), `${FS}\r${wrap(B)}`], {
      maxFrameBytes: 1000,
    });
    expect(texts[1]).toBe(B);
    expect(marks).toEqual([['cut', 'hub.frame.large'], []]);
    expect(frames[0]!.broken?.reason).toContain('1000');
  });

  test('M15 a message is not delivered again with the next', () => {
    expect(feed([wrap(A), wrap(B), wrap(A)]).texts).toEqual([A, B, A]);
  });

  test('M16 two connections that interleave have separate buffers', () => {
    const [one, two] = [feed([`${VT}MSH|one`]), feed([`${VT}MSH|two`])];
    two.decoder.push(Buffer.from(`${FS}\r`, 'latin1'));
    one.decoder.push(Buffer.from(`${FS}\r`, 'latin1'));
    expect([one.frames[0]!.bytes.toString(), two.frames[0]!.bytes.toString()]).toEqual([
      'MSH|one',
      'MSH|two',
    ]);
  });

  test('M17 a multibyte character split over chunks stays whole', () => {
    const payload = Buffer.from('MSH|^~\\&|张三|弢\r');
    const wire = encodeFrame(payload, defaultFraming);
    for (let cut = 1; cut < wire.length; cut++) {
      const { frames } = feed([
        wire.subarray(0, cut).toString('latin1'),
        wire.subarray(cut).toString('latin1'),
      ]);
      expect(frames[0]!.bytes).toEqual(payload);
    }
  });

  test('M23 start, payload and end are one buffer', () => {
    expect(encodeFrame(Buffer.from(A), defaultFraming).toString('latin1')).toBe(wrap(A));
  });

  test('M24 XML in a frame is as good as any payload', () => {
    const xml = '<?xml version="1.0"?>\n<PRPA_IN201311UV02 xmlns="urn:hl7-org:v3"/>\n';
    expect(feed([wrap(xml)]).texts).toEqual([xml]);
  });

  test('the rest of a connection that ends in mid-frame is given back', () => {
    expect(
      feed([`${VT}MSH|cut${FS}`])
        .decoder.finish()
        ?.toString('latin1'),
    ).toBe(`MSH|cut${FS}`);
    expect(feed([wrap(A)]).decoder.finish()).toBeUndefined();
  });

  test('random cuts of random frames give what was sent', () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    const alphabet = ['a', '|', '\r', FS, '\n', '\xff', '\0'];
    for (let round = 0; round < 300; round++) {
      const sent = Array.from({ length: 1 + random(4) }, () => {
        const body = Array.from({ length: random(40) }, () => alphabet[random(alphabet.length)]).join('');
        return `MSH|${body.replaceAll(`${FS}\r`, '')}.`.replaceAll(`${FS}\r`, '');
      });
      const wire = sent.map(wrap).join('');
      const chunks: string[] = [];
      for (let at = 0; at < wire.length; ) {
        const size = 1 + random(9);
        chunks.push(wire.slice(at, at + size));
        at += size;
      }
      expect(feed(chunks)).toMatchObject({ texts: sent, noise: '' });
    }
  });
});
