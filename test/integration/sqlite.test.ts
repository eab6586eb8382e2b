import { platformSuite } from './on-database.ts';

platformSuite('the platform on SQLite');
