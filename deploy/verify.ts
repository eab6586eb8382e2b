import { isFault } from '../contracts/kernel/fault.ts';
import { registry } from '../contracts/registry.generated.ts';
import { verifyAudit } from '../nodes/kit/audit.ts';
import { loadConfig } from '../nodes/kit/config.ts';
import { Database } from '../nodes/kit/db/database.ts';
import { Vault } from '../nodes/kit/vault.ts';

/** `npm run verify`: recomputes the audit chain of the log database. Exit code 0 where every row is as it was sealed. */
async function main(): Promise<number> {
  const config = loadConfig(process.env);
  const records = [...registry.records.values()].filter((r) => r.database === 'log');
  const log = await Database.open({ role: 'log', url: config.databases.log, records });
  const began = performance.now();
  const { ok, checked, brokenAt } = await verifyAudit({ log, vault: Vault.open(config.keysFile) });
  await log.close();
  const seconds = (performance.now() - began) / 1000;
  if (ok) console.log(`审计链完整 · The audit chain verifies: ${checked} rows in ${seconds.toFixed(1)} s`);
  else
    console.error(
      `审计链在序号 ${brokenAt} 处不符 · The audit chain does not verify at ${brokenAt}; ${checked} rows before it do`,
    );
  return ok ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(isFault(error) ? error.message : error);
    process.exitCode = 2;
  },
);
