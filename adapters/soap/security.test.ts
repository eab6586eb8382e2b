import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../contracts/kernel/fault.ts';
import { openService, type Service } from '../../test/peers/soap/host.ts';
import { passwordDigest, passwordText, securityNamespace, utilityNamespace } from './security-names.ts';

const NOW = Date.parse('2026-11-23T08:00:00Z');
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function service(
  settings: Record<string, unknown>,
  now = () => NOW,
  kept = () => true,
): Promise<Service> {
  const accept = async () => {
    if (!kept()) throw new Fault('kernel.store.full', {});
    return { bytes: Buffer.from('ok') };
  };
  const opened = await openService(settings, accept, { now });
  cleanups.push(opened.close);
  return opened;
}

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const element = (name: string, content: string, type = ''): string =>
  `<w:${name}${type === '' ? '' : ` Type="${type}"`}>${content}</w:${name}>`;
const token = (inner: string): string =>
  `<w:Security s:mustUnderstand="1" xmlns:w="${securityNamespace}" xmlns:u="${utilityNamespace}"><w:UsernameToken>${inner}</w:UsernameToken></w:Security>`;
const text = (user: string, password: string): string =>
  token(element('Username', user) + element('Password', password, passwordText));

function digest(user: string, password: string, nonce = 'bm9uY2U=', created = at(0)): string {
  const sum = createHash('sha1')
    .update(Buffer.concat([Buffer.from(nonce, 'base64'), Buffer.from(created + password)]))
    .digest('base64');
  return token(
    `${element('Username', user)}${element('Password', sum, passwordDigest)}${element('Nonce', nonce)}<u:Created>${created}</u:Created>`,
  );
}

async function call(
  opened: Service,
  header: string,
  more: Record<string, string> = {},
  version: '1.1' | '1.2' = '1.1',
) {
  const ns =
    version === '1.1'
      ? 'http://schemas.xmlsoap.org/soap/envelope/'
      : 'http://www.w3.org/2003/05/soap-envelope';
  const body = `<s:Envelope xmlns:s="${ns}"><s:Header>${header}</s:Header><s:Body><HIPMessageServer xmlns="urn:hl7-org:v3"><action>a</action><message>m</message></HIPMessageServer></s:Body></s:Envelope>`;
  const type = version === '1.1' ? 'text/xml' : 'application/soap+xml';
  const answer = await fetch(opened.url, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...more },
  });
  const said = await answer.text();
  return {
    status: answer.status,
    code: /wsse:(\w+)</.exec(said)?.[1] ?? (answer.status === 200 ? 'taken' : said),
  };
}

const users = [
  { username: 'his', password: 'P@ss<1>' },
  { username: 'lis', password: '口令' },
];

describe('UsernameToken', () => {
  test('lets in who knows the password, as text or as digest', async () => {
    const opened = await service({ usernameToken: { users } });
    expect((await call(opened, text('his', 'P@ss&lt;1>'))).code).toBe('taken');
    expect((await call(opened, digest('lis', '口令'))).code).toBe('taken');
  });

  test.each([
    ['a wrong password', text('his', 'wrong'), 'FailedAuthentication'],
    ['an unknown user', text('nobody', ''), 'FailedAuthentication'],
    ['the password of another', text('lis', 'P@ss&lt;1>'), 'FailedAuthentication'],
    ['a wrong digest', digest('his', 'wrong'), 'FailedAuthentication'],
    ['a digest of long ago', digest('his', 'P@ss<1>', 'bg==', at(-301)), 'MessageExpired'],
    ['a digest of times to come', digest('his', 'P@ss<1>', 'bg==', at(301)), 'MessageExpired'],
    ['a time that is none', digest('his', 'P@ss<1>', 'bg==', 'soon'), 'MessageExpired'],
    ['a digest without nonce', digest('his', 'P@ss<1>', ''), 'InvalidSecurityToken'],
    [
      'another type of password',
      token(element('Username', 'his') + element('Password', 'x', 'urn:x')),
      'UnsupportedSecurityToken',
    ],
    ['a token without a password', token(element('Username', 'his')), 'FailedAuthentication'],
    ['no token', token('').replace(/<w:UsernameToken>.*<\/w:UsernameToken>/, ''), 'InvalidSecurity'],
    ['no header', '', 'InvalidSecurity'],
  ])('keeps out %s', async (_, header, code) => {
    const opened = await service({ usernameToken: { users } });
    expect(await call(opened, header)).toEqual({ status: 500, code });
    expect(await call(opened, header, {}, '1.2')).toEqual({ status: 400, code });
    expect(opened.frames).toEqual([]);
    expect(opened.incidents[0]).toMatchObject({ kind: 'auth-failed' });
    expect(JSON.stringify(opened.incidents)).not.toContain('P@ss');
  });

  test('a token counts once within its window, and not at all after it', async () => {
    let now = NOW;
    const opened = await service({ usernameToken: { users, windowSeconds: 60 } }, () => now);
    expect((await call(opened, digest('his', 'P@ss<1>'))).code).toBe('taken');
    expect((await call(opened, digest('his', 'P@ss<1>'))).code).toBe('InvalidSecurityToken');
    expect((await call(opened, digest('his', 'P@ss<1>', 'b3RoZXI='))).code).toBe('taken');
    now += 61_000;
    expect((await call(opened, digest('his', 'P@ss<1>'))).code).toBe('MessageExpired');
  });

  test('a token made in the future is not forgotten before it expires', async () => {
    let now = NOW;
    const opened = await service({ usernameToken: { users, windowSeconds: 60 } }, () => now);
    const ahead = digest('his', 'P@ss<1>', 'bg==', at(59));
    expect((await call(opened, ahead)).code).toBe('taken');
    now += 118_000;
    expect((await call(opened, ahead)).code).toBe('InvalidSecurityToken');
  });

  test('the same request may come again where it was not kept', async () => {
    let kept = false;
    const opened = await service(
      { usernameToken: { users } },
      () => NOW,
      () => kept,
    );
    expect((await call(opened, digest('his', 'P@ss<1>'))).status).toBe(500);
    kept = true;
    expect((await call(opened, digest('his', 'P@ss<1>'))).code).toBe('taken');
  });

  test('only the type of password that settings want', async () => {
    const opened = await service({ usernameToken: { users, password: 'digest' } });
    expect((await call(opened, text('his', 'P@ss&lt;1>'))).code).toBe('UnsupportedSecurityToken');
  });

  test('an expired timestamp', async () => {
    const opened = await service({ usernameToken: { users } });
    const stamp = (seconds: number) =>
      text('his', 'P@ss&lt;1>').replace(
        '<w:UsernameToken>',
        `<u:Timestamp><u:Expires>${at(seconds)}</u:Expires></u:Timestamp><w:UsernameToken>`,
      );
    expect((await call(opened, stamp(-301))).code).toBe('MessageExpired');
    expect((await call(opened, stamp(10))).code).toBe('taken');
  });

  test('is not understood, and so refused, where nobody checks it', async () => {
    const opened = await service({});
    expect((await call(opened, text('his', 'x'))).code).toContain('MustUnderstand');
    expect((await call(opened, text('his', 'x').replace('s:mustUnderstand="1"', ''))).code).toBe('taken');
  });
});

test('basic authentication is asked for with 401', async () => {
  const opened = await service({ basic: users });
  const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
  expect((await call(opened, '')).status).toBe(401);
  expect((await call(opened, '', basic('his:wrong'))).status).toBe(401);
  expect((await call(opened, '', { authorization: 'Basic ****' })).status).toBe(401);
  expect((await call(opened, '', basic('lis:口令'))).code).toBe('taken');
});

test('bytes of strangers are not kept', async () => {
  const opened = await service({ basic: users });
  await fetch(opened.url, { method: 'POST', body: '<half', headers: { 'content-type': 'text/xml' } });
  expect(opened.incidents[0]!.bytes).toBeUndefined();
});

test('passwords are not shown to whoever looks at the wire', async () => {
  const opened = await service({ usernameToken: { users } });
  await call(opened, text('his', 'P@ss&lt;1>'));
  const wire = opened.listener.connections().flatMap(({ id }) => opened.listener.capture(id));
  const shown = Buffer.concat(wire.map(({ bytes }) => bytes)).toString();
  expect(shown).toContain('#PasswordText">***</w:Password>');
  expect(shown).not.toContain('P@ss');
});
