import { goldenSampleCreate } from '../../api/client.generated.ts';
import type { Caller } from '../../api/http.ts';
import type { Question } from '../../components/dialog/confirm.element.ts';
import { msg } from '../../state/language.ts';

type From =
  | { readonly message: string }
  | { readonly bytes: string; readonly connection: string; readonly endpoint: string };

/** One press makes the sample; a reason keeps its personal data. `done` is told the definition it belongs to. */
export const sampleQuestion = (http: Caller, from: From, done: (code: string) => void): Question => ({
  heading: msg('存为样例', 'Make a sample'),
  text: msg(
    '姓名、号码、电话与地址将自动替换为同形的假数据，同一内容始终换成同一结果。确需保留原文时填写原因。',
    'Names, numbers, phones and addresses are replaced by others of the same shape, the same by the same. Give a reason only where they must stay.',
  ),
  icon: 'copy',
  action: msg('存为样例', 'Make the sample'),
  reason: 'optional',
  run: async ({ reason, key }) => {
    const made = await goldenSampleCreate(http, { ...from, ...(reason ? { keep: reason } : {}) }, { key });
    done(made.definition);
  },
});
