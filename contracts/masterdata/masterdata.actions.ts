import { readActions } from '../kernel/action.ts';
import { receiveAction } from '../kernel/receive.ts';
import { masterItemRecord } from './master-item.record.ts';

export const masterdataActions = {
  ...readActions(masterItemRecord, 'masterdata.read'),
  /** Takes MasterDataChanged. */
  receive: receiveAction('masterdata'),
};
