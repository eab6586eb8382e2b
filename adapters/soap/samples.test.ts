import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { type EndpointDef, endpointSchema } from '../../contracts/channel/endpoint.schema.ts';
import { contractOf } from './contract.ts';
import { descriptor } from './descriptor.ts';
import { writeWsdl } from './wsdl-write.ts';

const folder = join(import.meta.dirname, 'samples');
const endpoints = readdirSync(folder).filter((name) => name.endsWith('.endpoint.yaml'));
const check = {
  endpoint: Compile(endpointSchema),
  listen: Compile(descriptor.listen!),
  send: Compile(descriptor.send!),
};

test.each(endpoints)('%s is accepted as it stands', (name) => {
  const endpoint = parse(readFileSync(join(folder, name), 'utf8')) as EndpointDef;
  expect(check.endpoint.Errors(endpoint)).toEqual([]);
  expect(check.listen.Errors(endpoint.listen)).toEqual([]);
  if (endpoint.send) expect(check.send.Errors(endpoint.send)).toEqual([]);
});

test.each([
  ['a key nobody knows', { pfad: '/x' }],
  ['a name that is none', { operations: [{ name: '1 x' }] }],
  ['a path that is none', { path: 'soap' }],
  [
    'a field with a type nobody knows',
    { operations: [{ name: 'a', schema: { request: [{ name: 'b', type: 'xs:int' }] } }] },
  ],
])('%s is refused', (_, settings) => {
  expect(check.listen.Check(settings)).toBe(false);
});

test('a WSDL is well-formed whatever its texts', () => {
  const contract = contractOf({
    namespace: 'urn:a&b"<',
    soapAction: 'x"&{operation}',
    operations: [
      {
        name: '下单',
        schema: {
          request: [
            {
              name: '编号',
              description: '<&"',
              values: ['<', '"'],
              maxLength: 3,
              optional: true,
              many: true,
            },
          ],
        },
      },
    ],
  });
  const wsdl = writeWsdl(contract, ['1.1', '1.2'], 'http://h/?a=1&b="2"');
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(wsdl, 'text/xml')
    .documentElement!;
  expect(root.getAttribute('targetNamespace')).toBe('urn:a&b"<');
});
