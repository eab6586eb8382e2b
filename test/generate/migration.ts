import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../contracts/registry.generated.ts';
import { missingSteps, readMigrations } from '../../nodes/kit/db/migrate.ts';

/** `npm run new migration <name>`: writes what the records ask for beyond the migrations. A landed migration is never edited. */
export function newMigration(name: string): string | undefined {
  const folder = join(import.meta.dirname, '../../deploy/migrations');
  const migrations = readMigrations(folder);
  const steps = missingSteps(registry.records.values(), migrations);
  if (steps.length === 0) return undefined;
  const path = join(folder, `${String(migrations.length + 1).padStart(4, '0')}-${name}.json`);
  writeFileSync(path, `${JSON.stringify(steps, null, 1)}\n`);
  return path;
}

if (import.meta.main)
  console.log(
    newMigration(process.argv[2] ?? 'change') ?? 'the migrations give all that the records ask for',
  );
