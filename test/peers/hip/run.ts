import { selfTest } from '../../../mappings/hip/self-test.ts';
import { callHip } from './client.ts';
import { pairs } from './samples.ts';

/** `node test/peers/hip/run.ts http://localhost:3001/soap/hip` sends every pair and prints pass or fail; exits 1 where one fails. */
const url = process.argv[2] ?? 'http://localhost:3001/soap/hip';
const mark = Date.now().toString(36);
const rows = await selfTest(
  async (action, message) => {
    const { status, result } = await callHip(url, action, message);
    if (result === undefined) throw new Error(`HTTP ${status} without a result`);
    return result;
  },
  pairs(),
  mark,
);
for (const { passed, action, kind, edition, code, reason } of rows)
  process.stdout.write(`${passed ? 'pass' : 'FAIL'}  ${action} ${kind} ${edition}  ${code}  ${reason}\n`);
const failed = rows.filter((row) => !row.passed).length;
process.stdout.write(`${rows.length - failed} of ${rows.length} passed\n`);
process.exitCode = failed > 0 ? 1 : 0;
