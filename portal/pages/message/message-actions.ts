import {
  type MessageGetResult,
  messageRepair,
  messageReplay,
  messageRetryDelivery,
  messageSkip,
  messageSkipDelivery,
} from '../../api/client.generated.ts';
import type { Caller } from '../../api/http.ts';
import type { Question } from '../../components/dialog/confirm.element.ts';
import { msg } from '../../state/language.ts';
import { lines } from './delivery-card.element.ts';

type Done = (newId?: string) => void;

/** Which of replay, repair and skip make sense for a message in a state. */
export function messageVerbs(state: string): ('replay' | 'repair' | 'skip')[] {
  switch (state) {
    case 'PARKED':
      return ['repair', 'replay', 'skip'];
    case 'REFUSED':
      return ['repair'];
    case 'HELD':
      return ['skip'];
    case 'RECEIVED':
      return [];
    default:
      return ['replay'];
  }
}

/** The dialogs of the actions on a message. `done` is told the id of the message that was made. */
export const questions = {
  replay: (http: Caller, detail: MessageGetResult, done: Done): Question => {
    const targets = [...new Set(detail.deliveries.map((d) => d.delivery.target))];
    return {
      heading: msg('重放消息', 'Replay the message'),
      text: msg(
        '以原始字节再处理一次；已生效的内容不会重复生效。',
        'Handles the original bytes once more; effects already made are not made twice.',
      ),
      icon: 'replay',
      action: msg('重放', 'Replay'),
      reason: 'required',
      reasons: [msg('映射已修正', 'The mapping was mended'), msg('对方要求补发', 'The partner asked for it')],
      ...(targets.length === 0
        ? {}
        : {
            choice: {
              label: msg('范围', 'What'),
              options: [
                { value: '', label: msg('完整处理（调用与全部投递）', 'All of it: calls and deliveries') },
                ...targets.map((t) => ({ value: t, label: msg(`只投递到 ${t}`, `Only deliver to ${t}`) })),
              ],
            },
          }),
      run: async ({ reason, choice, key }) => {
        const target = choice === '' ? {} : { target: choice };
        done((await messageReplay(http, { id: detail.message.id, reason, ...target }, { key })).id);
      },
    };
  },
  repair: (http: Caller, detail: MessageGetResult, done: Done): Question => ({
    heading: msg('修复消息', 'Repair the message'),
    text: msg(
      '修改后的副本代替原消息处理；原始字节保留不变。',
      'The edited copy is handled in its place; the original bytes stay as they are.',
    ),
    icon: 'edit',
    action: msg('保存并处理', 'Save and handle'),
    reason: 'required',
    width: '860px',
    edit: { label: msg('消息内容', 'Message'), value: lines(detail.contents.text) },
    run: async ({ reason, text, key }) => {
      const edited = `${text.replace(/\r?\n/g, '\r').replace(/\r+$/, '')}\r`;
      done((await messageRepair(http, { id: detail.message.id, reason, text: edited }, { key })).id);
    },
  }),
  skip: (http: Caller, detail: MessageGetResult, done: Done): Question => ({
    heading: msg('跳过消息', 'Skip the message'),
    text: msg(
      '此消息不再处理，同一患者后面的消息继续。',
      'It is not handled any more; what waits behind it for the same patient goes on.',
    ),
    icon: 'skip',
    action: msg('跳过', 'Skip'),
    danger: true,
    reason: 'required',
    reasons: [msg('测试消息', 'A test message'), msg('已在对方系统更正', 'Corrected in the sending system')],
    run: async ({ reason, key }) => {
      await messageSkip(http, { id: detail.message.id, reason }, { key });
      done();
    },
  }),
  delivery: (http: Caller, verb: string, id: string, done: Done): Question => ({
    heading:
      verb === 'retry'
        ? msg('立即重试投递', 'Try the delivery again now')
        : msg('跳过投递', 'Skip the delivery'),
    icon: verb === 'retry' ? 'refresh' : 'skip',
    action: verb === 'retry' ? msg('重试', 'Try again') : msg('跳过', 'Skip'),
    danger: verb !== 'retry',
    reason: 'required',
    reasons:
      verb === 'retry'
        ? [msg('对方已恢复', 'The partner is back')]
        : [msg('对方已人工处理', 'The partner did it by hand')],
    run: async ({ reason, key }) => {
      await (verb === 'retry' ? messageRetryDelivery : messageSkipDelivery)(http, { id, reason }, { key });
      done();
    },
  }),
};
