import { catalogue, type FaultCode } from '../../../contracts/faults/catalogue.ts';
import type { Text } from '../../../contracts/kernel/text.ts';

/** What a partner may meet when it sends. */
const inbound: readonly FaultCode[] = [
  'hub.frame.broken',
  'hub.frame.large',
  'hub.charset.undecodable',
  'hub.message.unsound',
  'hub.mapping.failed',
  'codeset.code.unmapped',
  'hub.client.refused',
  'kernel.store.unavailable',
];

const todo: Readonly<Record<string, Text>> = {
  rejected: {
    zh: '改正后作为新报文发送；原样重发仍会被拒绝',
    en: 'Correct it and send it as a new message; sent again as it is, it is refused again',
  },
  denied: { zh: '核对身份与密钥', en: 'Check identity and keys' },
  transient: { zh: '稍后原样重发', en: 'Send the same again later' },
  ambiguous: { zh: '用同一控制号重发', en: 'Send it again with the same control id' },
  broken: { zh: '联系本平台管理员', en: 'Ask the administrator of this platform' },
};

export interface FaultRow {
  readonly code: string;
  readonly text: Text;
  readonly todo: Text;
}

/** Codes with their words, holes shown as `…`. */
export const faultRows = (): FaultRow[] =>
  inbound.map((code) => {
    const { text, kind } = catalogue[code];
    const open = (words: string): string => words.replace(/\{\w+\}/g, '…');
    const unmapped = code === 'codeset.code.unmapped';
    return {
      code,
      text: { zh: open(text.zh), en: open(text.en) },
      todo: unmapped
        ? {
            zh: '与本平台商定代码对照；报文已保存，对照后自动处理',
            en: 'Agree on the code with this platform; the message is kept and handled once the code is mapped',
          }
        : todo[kind]!,
    };
  });
