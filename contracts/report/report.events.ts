import { defineEvent } from '../kernel/event.ts';
import { t } from '../kernel/text.ts';
import { canonical } from '../message/canonical.ts';

/** A report leaves the laboratory. The payload is the canonical message itself; it drives the results channel. */
export const reportIssued = defineEvent({
  name: 'report.issued',
  title: t('报告签发', 'Report issued'),
  payload: canonical.ResultReported,
});
