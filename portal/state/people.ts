import type { Donor } from '../api/client.generated.ts';
import { msg } from './language.ts';

export const sexText = (sex: Donor['sex']): string =>
  ({ M: msg('男', 'Male'), F: msg('女', 'Female'), O: msg('其他', 'Other'), U: msg('未知', 'Unknown') })[
    sex ?? 'U'
  ];
