import { text } from 'node:stream/consumers';
import { hashPassword } from './credentials.ts';

/** `echo -n <password> | node adapters/mqtt/hash-password.ts`: the password as the settings of a device keep it. */
const password = (await text(process.stdin)).replace(/\r?\n$/, '');
if (password === '') {
  process.stderr.write('give the password on the standard input\n');
  process.exit(1);
}
process.stdout.write(`${await hashPassword(password)}\n`);
