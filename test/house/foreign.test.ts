import { expect, test } from '@jest/globals';
import { files, read } from './files.ts';

/** Programs and libraries that nobody here wrote: Debian's package, and what a test that uses it says. */
const foreign: readonly (readonly [name: string, debian: string, used: RegExp])[] = [
  ['curl', 'curl', /run\('curl'|spawn\('curl'|execFile\('curl'/],
  ['mosquitto_pub and mosquitto_sub', 'mosquitto-clients', /spawn\('mosquitto_pub'/],
  ['the broker mosquitto', 'mosquitto', /broker that is not ours|a broker and clients that are not ours/],
  ['echoscu, storescu, findscu, storescp of DCMTK', 'dcmtk', /\bfindscu\b/],
  ['mbpoll', 'mbpoll', /spawn\('mbpoll'/],
  ['pymodbus', 'python3-pymodbus', /\bpymodbus\b/],
  ['Python zeep', 'python3-zeep', /\bzeep\b/],
  ['Perl SOAP::Lite', 'libsoap-lite-perl', /SOAP::Lite/],
  ['openssl s_client', 'openssl', /'s_client'/],
  ['sshd of OpenSSH', 'openssh-server', /\bsshd\b/],
  ['sqlite3', 'sqlite3', /'sqlite3'/],
  ['psql', 'postgresql', /'psql'/],
  ['mariadb', 'mariadb-client', /'mariadb'/],
];
const tests = files.filter(
  (f) => /^(test|adapters)\/.*\.(ts|py|pl)$/.test(f) && !f.startsWith('test/house/'),
);

test.each(foreign)('[INT-03] %s is installed by CI and used by a test', (_name, debian, used) => {
  expect(read('.ci/run')).toMatch(new RegExp(`packages\\+=\\([^)]*\\b${debian}\\b`));
  expect(tests.some((f) => used.test(read(f)))).toBe(true);
});
