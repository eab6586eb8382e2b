import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { Decoder, type Token } from './codec.ts';
import { descriptor } from './descriptor.ts';

const sample = (name: string): string => readFileSync(new URL(`samples/${name}`, import.meta.url), 'utf8');

test('the settings of the sample hold', () => {
  const { listen, send } = parse(sample('analyser.endpoint.yaml')) as Record<string, unknown>;
  expect([...Compile(descriptor.listen!).Errors(listen)]).toEqual([]);
  expect([...Compile(descriptor.send!).Errors(send)]).toEqual([]);
});

test('the session reads as it is written, with sound checksums', () => {
  const bytes = sample('session.txt')
    .split('\n')
    .filter((line) => line.startsWith('analyser '))
    .map((line) =>
      line
        .slice('analyser '.length)
        .replace(/<(\w+)>/g, (_, name: string) =>
          String.fromCharCode({ ENQ: 5, EOT: 4, STX: 2, ETX: 3, ETB: 0x17, CR: 13, LF: 10 }[name] ?? 0),
        ),
    )
    .join('');
  const tokens: Token[] = [];
  new Decoder(1000, (token) => tokens.push(token)).push(Buffer.from(bytes, 'latin1'));
  expect(
    tokens.map((t) => (t.kind === 'frame' ? `${t.number}${t.spoilt ? ' spoilt' : ''}` : t.kind)),
  ).toEqual(['enq', '1', '2', '3', 'eot']);
});
