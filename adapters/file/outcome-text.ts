import type { Reply, ReplyOutcome } from '../../contracts/adapter/port.ts';

const words: Readonly<Record<ReplyOutcome, string>> = {
  kept: '已接收',
  repeated: '重复，不再处理',
  unwanted: '没有通道接收',
  refused: '已拒收',
};

/** Whether all of a file was taken. */
export const isGood = ({ outcome, results }: Reply): boolean =>
  outcome !== 'refused' && results.every((result) => result.outcome !== 'refused');

/** `<name>.result.csv`: a line for each message in the order of the file. Spreadsheets need the byte order mark. */
export function resultCsv({ results }: Reply): Uint8Array {
  const lines = results.map(({ id, outcome, reason = '' }, i) =>
    [String(i + 1), outcome, words[outcome], id, reason].map(quoted).join(','),
  );
  return Buffer.from(`\ufeff${['no,outcome,结果,message,reason', ...lines, ''].join('\r\n')}`, 'utf8');
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** `<name>.reason.txt`: why a file was not taken, or not all of it, for whoever sent it. */
export function reasonText(name: string, { outcome, reason, results }: Reply, at: number): Uint8Array {
  const refused = results.filter((result) => result.outcome === 'refused').length;
  const count = results.length;
  const head =
    refused === count
      ? [`文件 ${name} 未被接收。`, `The file ${name} was not accepted.`]
      : [
          `文件 ${name} 共 ${count} 条，其中 ${refused} 条被拒收，其余已接收，不必重发。`,
          `Of the ${count} messages of ${name} ${refused} were refused; the others are accepted and need not be sent again.`,
        ];
  const lines = results.map(({ id, ...one }, i) =>
    [`${i + 1}. ${one.outcome} ${words[one.outcome]}`, id, one.reason ?? ''].filter(Boolean).join('  '),
  );
  return Buffer.from(
    [
      ...head,
      '',
      `时间 · Time: ${new Date(at).toISOString()}`,
      `结果 · Outcome: ${outcome} ${words[outcome]}`,
      ...(reason ? [`原因 · Reason: ${reason}`] : []),
      '',
      '逐条结果 · Each message:',
      ...lines,
      '',
    ].join('\r\n'),
    'utf8',
  );
}
