import { codeSheetActions } from '../../contracts/codeset/code-sheet.actions.ts';
import { codesetActions } from '../../contracts/codeset/codeset.actions.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import { defineService, handle, readHandlers } from '../kit/service.ts';
import { changeTable, endEntry } from './change.ts';
import { loadTables } from './load.ts';
import { mapCode } from './map.ts';
import { reportMisses } from './misses.ts';
import { overview } from './overview.ts';
import { exportSheet, importSheet } from './sheet.ts';
import { snapshot } from './snapshot.ts';

/** Code tables of each organisation, their pairs, and the work list of codes that have none. */
export const codesetService = defineService('codeset', () => ({
  handlers: [
    ...readHandlers(codeTableRecord, codesetActions.tables),
    ...readHandlers(codeEntryRecord, codesetActions.entries),
    ...readHandlers(codeMissRecord, codesetActions.misses),
    handle(codesetActions.map, mapCode),
    handle(codeSheetActions.end, endEntry),
    handle(codeSheetActions.change, changeTable),
    handle(codeSheetActions.overview, (_, call) => overview(call)),
    handle(codeSheetActions.export, exportSheet),
    handle(codeSheetActions.import, importSheet),
    handle(codesetActions.snapshot, (_, call) => snapshot(call)),
    handle(codesetActions.load, ({ tables }, call) => loadTables(tables, call)),
    handle(codesetActions.miss, ({ items }, call) => reportMisses(items, call)),
  ],
}));
