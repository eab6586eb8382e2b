import { masterItemRecord } from '../../contracts/masterdata/master-item.record.ts';
import { masterdataActions } from '../../contracts/masterdata/masterdata.actions.ts';
import { receiveHandler } from '../kit/receive.ts';
import { defineService, readHandlers } from '../kit/service.ts';
import { prepareItems } from './receive.ts';

/** Organisations, people and terms that another system of the hospital keeps. */
export const masterdataService = defineService('masterdata', () => ({
  handlers: [
    ...readHandlers(masterItemRecord, masterdataActions),
    receiveHandler(masterdataActions.receive, 'masterdata', prepareItems),
  ],
}));
