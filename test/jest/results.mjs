import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Writes the outcome of every test to `test/out/results.json`, for the traceability table and CI's closing line. */
export default class Results {
  constructor(config) {
    this.root = config.rootDir;
  }

  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap(({ testFilePath, testResults, testExecError }) => {
      const file = relative(this.root, testFilePath).replaceAll('\\', '/');
      const found = testResults.map(({ fullName, status, duration }) => ({
        title: fullName,
        file,
        status: status === 'passed' || status === 'failed' ? status : 'skipped',
        ms: duration ?? 0,
      }));
      // A file that does not load has no tests; it counts as one that failed.
      return testExecError && found.length === 0
        ? [{ title: 'loads', file, status: 'failed', ms: 0 }]
        : found;
    });
    const count = (status) => tests.filter((t) => t.status === status).length;
    const out = join(this.root, 'test/out');
    mkdirSync(out, { recursive: true });
    writeFileSync(
      join(out, 'results.json'),
      `${JSON.stringify({
        at: new Date().toISOString(),
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        tests,
      })}\n`,
    );
  }
}
