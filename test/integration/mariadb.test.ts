import { describeWith } from '../services.ts';
import { databasesOn, platformSuite } from './on-database.ts';

await describeWith('mariadb', 'the platform on a server', ({ url }) =>
  platformSuite('mariadb', () => databasesOn(url)),
);
