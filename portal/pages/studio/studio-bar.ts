import { html } from 'lit';
import type { GoldenSampleListResult } from '../../api/client.generated.ts';
import type { Option } from '../../components/field/select.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import type { StudioDraft } from './studio-draft.ts';

/** Samples to choose from, the pasted message last. */
export function sampleOptions(samples: GoldenSampleListResult['items']): Option[] {
  const mark = (s: { shipped: boolean; expects: boolean }) =>
    s.shipped ? msg('（随产品）', ' (shipped)') : s.expects ? '' : msg('（尚无期望）', ' (nothing expected)');
  return [
    ...(samples.length === 0 ? [{ value: '', label: msg('没有样例', 'No samples') }] : []),
    ...samples.map((s) => ({ value: s.id, label: `${s.name}${mark(s)}` })),
    { value: 'paste', label: msg('粘贴的消息', 'Pasted message') },
  ];
}

/** How far the draft is kept. */
export function draftText({ state, by, at }: StudioDraft) {
  if (state === 'saving') return msg('正在保存…', 'Saving …');
  if (state === 'typed') return msg('未保存', 'Not saved yet');
  if (state === 'failed') return msg('草稿未能保存', 'The draft could not be saved');
  if (state === 'saved')
    return html`${msg('草稿已保存', 'Draft saved')} · <cm-time value=${at}></cm-time> · ${by}`;
  return state === 'same' ? msg('与生效版本一致', 'As in force') : '';
}
