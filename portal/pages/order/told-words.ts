import type { OrderFactsResult } from '../../api/client.generated.ts';
import type { Tone } from '../../api/meta.ts';
import { msg } from '../../state/language.ts';

export type Told = OrderFactsResult['items'][number];

/** Kinds of what others tell, in the order they are shown. */
export const toldKinds = [
  'SpecimenCollected',
  'ResultReported',
  'ImageStored',
  'ReportIssued',
  'DocumentSigned',
  'TicketCalled',
  'StatusChanged',
] as const;

export const kindText = (kind: string): string =>
  ({
    SpecimenCollected: msg('标本', 'Specimens'),
    ResultReported: msg('检验结果', 'Results'),
    ImageStored: msg('图像', 'Images'),
    ReportIssued: msg('文档', 'Documents'),
    DocumentSigned: msg('电子签名', 'Signatures'),
    TicketCalled: msg('排队叫号', 'Queue'),
    StatusChanged: msg('对方状态', 'Partner status'),
  })[kind] ?? kind;

export const statusText = ({ kind, status }: Told): string => {
  const words: Record<string, Record<string, string>> = {
    SpecimenCollected: {
      labelled: msg('已贴签', 'Labelled'),
      collected: msg('已采集', 'Collected'),
      received: msg('已接收', 'Received'),
      rejected: msg('拒收', 'Rejected'),
      cancelled: msg('取消', 'Cancelled'),
    },
    ResultReported: {
      preliminary: msg('初步', 'Preliminary'),
      final: msg('最终', 'Final'),
      corrected: msg('更正', 'Corrected'),
    },
    DocumentSigned: { valid: msg('有效', 'Valid'), invalid: msg('无效', 'Not valid') },
    TicketCalled: {
      issued: msg('已取号', 'Issued'),
      called: msg('已叫号', 'Called'),
      passed: msg('过号', 'Passed'),
      arrived: msg('已到', 'Arrived'),
      done: msg('完成', 'Done'),
      cancelled: msg('取消', 'Cancelled'),
    },
  };
  return words[kind]?.[status] ?? status;
};

const bad = new Set(['rejected', 'invalid']);
const warn = new Set(['passed', 'cancelled', 'preliminary', 'corrected']);
const good = new Set(['collected', 'received', 'final', 'valid', 'done', 'arrived']);
export const statusTone = (status: string): Tone =>
  bad.has(status) ? 'bad' : warn.has(status) ? 'warn' : good.has(status) ? 'good' : 'info';

export interface Observation {
  readonly code: string;
  readonly name?: string;
  readonly value: string;
  readonly unit?: string;
  readonly range?: string;
  readonly flag?: string;
}

export const observationsOf = ({ data }: Told): readonly Observation[] =>
  (data as { observations?: readonly Observation[] }).observations ?? [];

/** Flags of table 0078 that a person must see. */
export const flagTone = (flag: string | undefined): Tone | undefined =>
  flag === undefined || flag === '' || flag === 'N' ? undefined : /^(HH|LL|AA)$/.test(flag) ? 'bad' : 'warn';

/** What a person must know beside the status: why a signature does not hold or a specimen was rejected, and how a signature was made. */
export function remarkOf({ kind, data }: Told): string {
  const { reason, algorithm, timestamp } = data as {
    reason?: string;
    algorithm?: string;
    timestamp?: string;
  };
  const stamped = timestamp ? msg('带时间戳', 'with timestamp') : undefined;
  const made = kind === 'DocumentSigned' ? [algorithm, stamped] : [];
  return [reason, ...made].filter((part) => part !== undefined && part !== '').join(' · ');
}
