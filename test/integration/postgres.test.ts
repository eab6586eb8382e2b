import { describeWith } from '../services.ts';
import { databasesOn, platformSuite } from './on-database.ts';

await describeWith('postgres', 'the platform on a server', ({ url }) =>
  platformSuite('postgres', () => databasesOn(url)),
);
