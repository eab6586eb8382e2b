import { Buffer } from 'node:buffer';
import { t } from '../../contracts/kernel/text.ts';
import type { Format } from '../engine/format.ts';
import { strictDecode } from '../hl7v2/charset-decode.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { rowsDates } from './dates.ts';
import { parseRows, type RowsMessage, rowsSource, viewOf } from './message.ts';
import { readRows } from './read.ts';
import { rowsSettings } from './settings.ts';
import { mediaTypeOf, rowsTarget, writeRows } from './write.ts';

/** Files of rows: separated text, fixed width, Excel workbooks. */
export const format: Format = {
  name: 'rows',
  title: t('行式文件（CSV、定长、Excel）', 'Files of rows (CSV, fixed width, Excel)'),
  settings: rowsSettings,
  source: rowsSource,
  target: rowsTarget,
  dates: rowsDates,
  read: readRows,
  parse: (bytes, { meta }) => parseRows(bytes, meta.file ?? ''),
  text(bytes, charset) {
    const known = charsetOf(charset);
    return known && strictDecode(bytes, known);
  },
  edit(text) {
    const bytes = Buffer.from(text, 'utf8');
    return parseRows(bytes, '')
      ? { bytes, charset: 'UTF-8' }
      : { bad: 'must be {"rows":[{"row":1,"cells":{…}}]}' };
  },
  view: (message) => viewOf(message as RowsMessage),
  mediaType: mediaTypeOf,
  write: writeRows,
};
