import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { type EndpointDef, endpointSchema } from '../../contracts/channel/endpoint.schema.ts';
import { descriptor } from './descriptor.ts';
import { readRequest } from './request.ts';

const folder = join(import.meta.dirname, 'samples');
const check = {
  endpoint: Compile(endpointSchema),
  listen: Compile(descriptor.listen!),
  send: Compile(descriptor.send!),
};

test.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))(
  '%s is accepted as it stands',
  (name) => {
    const endpoint = parse(readFileSync(join(folder, name), 'utf8')) as EndpointDef;
    expect([...check.endpoint.Errors(endpoint)]).toEqual([]);
    expect([...check.send.Errors(endpoint.send)]).toEqual([]);
    if (endpoint.listen) expect([...check.listen.Errors(endpoint.listen)]).toEqual([]);
  },
);

test('the request is read as a channel writes it, by either digest', () => {
  const bytes = readFileSync(join(folder, 'request.json'));
  const common = { operation: 'sign', document: 'R-1', signer: '张医生', order: { placer: 'A-100' } };
  expect(readRequest(bytes, 'SM3', undefined)).toMatchObject(common);
  expect(readRequest(bytes, 'SHA-256', 'verify')).toMatchObject({ ...common, operation: 'verify' });
});

test.each([
  ['a field of ours nobody knows', { operations: { sign: { send: { a: 'patient' } } } }],
  ['a path that leaves the address', { operations: { sign: { path: '//elsewhere', send: {} } } }],
  ['an address that is none', { url: 'ca.example' }],
])('%s is refused', (_, more) => {
  const { send } = parse(readFileSync(join(folder, 'rest.endpoint.yaml'), 'utf8')) as EndpointDef;
  expect(check.send.Check({ ...send, url: 'https://ca.example', ...more })).toBe(false);
});
