import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { TextReader } from './charset.ts';

const read = (
  terms: string,
  bytes: Buffer,
  settings: Partial<ConstructorParameters<typeof TextReader>[1]> = {},
) => {
  const reader = new TextReader(terms.split('\\'), { assume: 'GB18030', ...settings });
  return { text: reader.text(bytes), oddities: [...reader.oddities] };
};
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('[INT-02] Specific Character Set (0008,0005)', () => {
  test.each([
    ['', 'Adams^John', Buffer.from('Adams^John')],
    ['ISO_IR 100', 'Buc^Jérôme', hex('427563 5e 4ae9 72f4 6d65')],
    ['ISO_IR 144', 'Люксембург', iconv.encode('Люксембург', 'iso-8859-5')],
    ['ISO_IR 192', 'Wang^XiaoDong=王^小东', Buffer.from('Wang^XiaoDong=王^小东')],
    ['GB18030', 'Wang^XiaoDong=王^小东', hex('57616e675e5869616f446f6e673dcdf55ed0a1b6ab')],
    ['GBK', '王^小东', hex('cdf55ed0a1b6ab')],
    ['GB18030', '𠮷野', iconv.encode('𠮷野', 'gb18030')],
    ['GB18030', '镕', iconv.encode('镕', 'gb18030')],
  ])('%s: %s', (terms, text, bytes) => {
    expect(read(terms, bytes)).toEqual({ text, oddities: [] });
  });

  test('ISO 2022 IR 58 (PS3.5 Annex K): Chinese behind its escape sequence, also in each group of a name', () => {
    const bytes = hex('5a68616e675e5869616f446f6e67 3d 1b2429 41 d5c5 5e 1b242941 d0a1b6ab 3d');
    expect(read('\\ISO 2022 IR 58', bytes)).toEqual({ text: 'Zhang^XiaoDong=张^小东=', oddities: [] });
  });

  test('ISO 2022 IR 149 (PS3.5 Annex I) and IR 87 (Annex H)', () => {
    const korean = hex(
      '486f6e675e47696c646f6e67 3d 1b242943 fbf3 5e 1b242943 d1ceD4d7 3d 1b242943 c8ab 5e 1b242943 b1e6b5bf',
    );
    expect(read('\\ISO 2022 IR 149', korean).text).toBe('Hong^Gildong=洪^吉洞=홍^길동');
    const japanese = hex('59616d6164615e5461726f75 3d 1b2442 3b33 4544 1b2842 5e 1b2442 4240 4f3a 1b2842');
    expect(read('\\ISO 2022 IR 87', japanese).text).toBe('Yamada^Tarou=山田^太郎');
  });

  test('names of charsets as devices write them', () => {
    for (const term of ['GB 18030', 'gb18030', 'ISO IR 192', 'ISO-IR 192', 'GB2312', 'UTF-8'])
      expect(read(term, iconv.encode('王', /gb/i.test(term) ? 'gb18030' : 'utf8')).text).toBe('王');
  });

  test('without a charset UTF-8 is told from GB18030, and that it was guessed', () => {
    expect(read('', Buffer.from('王小东'))).toEqual({ text: '王小东', oddities: ['charset-guessed'] });
    expect(read('ISO_IR 6', hex('cdf5d0a1b6ab'))).toEqual({ text: '王小东', oddities: ['charset-guessed'] });
    expect(read('\\ISO 2022 IR 58', hex('cdf5d0a1b6ab')).text).toBe('王小东');
  });

  test('a device that names one charset and writes another can be overruled', () => {
    expect(read('ISO_IR 100', hex('cdf5d0a1'), { force: 'GB18030' }).text).toBe('王小');
  });

  test('what is not valid or not known is read as far as it goes, and said', () => {
    expect(read('ISO_IR 192', hex('e78e ff 41'))).toMatchObject({ oddities: ['charset-invalid'] });
    expect(read('ISO_IR 999', hex('cdf5'))).toEqual({
      text: '王',
      oddities: ['charset-unknown', 'charset-guessed'],
    });
    expect(read('\\ISO 2022 IR 58', hex('411b2a5a42')).oddities).toEqual(['charset-unknown']);
  });
});
