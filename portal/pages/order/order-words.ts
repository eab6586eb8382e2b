import type { Order } from '../../api/client.generated.ts';
import { titles } from '../../api/meta.generated.ts';
import type { Tone } from '../../api/meta.ts';
import { msg, say } from '../../state/language.ts';

export const priorityText = (priority: Order['priority']): string =>
  ({ routine: msg('常规', 'Routine'), urgent: msg('加急', 'Urgent'), stat: msg('特急', 'Stat') })[priority] ??
  priority;

export const priorityTone = (priority: Order['priority']): Tone =>
  (({ routine: 'neutral', urgent: 'warn', stat: 'bad' }) as const)[priority] ?? 'neutral';

export const title = (field: keyof typeof titles.order): string => say(titles.order[field]);

export const sourceText = (source: Order['source']): string =>
  source === 'message' ? msg('接口消息', 'Message') : msg('门户录入', 'Portal');

/** What a verb on an order is done with, for the dialog. */
export function transitionHelp(verb: string): string {
  switch (verb) {
    case 'accept':
      return msg(
        '接收后将进入排产，并向 HIS 回传状态。',
        'The order goes into planning and the HIS is told.',
      );
    case 'reject':
      return msg(
        '拒绝后订单结束，原因会回传给开单系统。',
        'The order ends here; the reason is sent to the system that placed it.',
      );
    case 'hold':
      return msg(
        '暂停期间不会安排任务，可随时恢复。',
        'No work is planned while it is on hold; it can be resumed at any time.',
      );
    case 'cancel':
      return msg(
        '取消后订单结束，请说明已有材料的处置。',
        'The order ends here; say what becomes of existing material.',
      );
    case 'resume':
      return msg('恢复到暂停前的状态。', 'The order returns to the state it had before the hold.');
    default:
      return '';
  }
}

export const commonReasons = (verb: string): readonly string[] =>
  ({
    reject: [
      msg('供者筛查未完成', 'Donor screening not complete'),
      msg('产品不适用于该诊断', 'Product not suited to the diagnosis'),
      msg('申请重复', 'Duplicate request'),
    ],
    hold: [
      msg('患者发热，推迟采集', 'Patient has a fever; collection put off'),
      msg('等待知情同意', 'Waiting for consent'),
      msg('产能已满', 'No capacity'),
    ],
    cancel: [msg('临床撤销申请', 'Withdrawn by the clinic'), msg('患者转院', 'Patient transferred')],
  })[verb] ?? [];

export const dispositions = () => [
  { value: 'none', label: msg('无材料', 'No material yet') },
  { value: 'store', label: msg('继续保存', 'Keep in store') },
  { value: 'destroy', label: msg('销毁', 'Destroy') },
  { value: 'research', label: msg('转科研', 'Give to research') },
];
