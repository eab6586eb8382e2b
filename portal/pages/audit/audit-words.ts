import { actionTitles, recordTitles } from '../../api/words.generated.ts';
import { msg, say } from '../../state/language.ts';

/** What is written to the trail beside the actions of the API. */
const more: Readonly<Record<string, () => string>> = {
  create: () => msg('新建', 'Created'),
  change: () => msg('修改', 'Changed'),
  login: () => msg('登录', 'Signed in'),
  loginFailed: () => msg('登录失败', 'Sign-in failed'),
  logout: () => msg('退出', 'Signed out'),
  orgRefused: () => msg('机构被拒绝', 'Organisation refused'),
  archive: () => msg('导出归档', 'Archive exported'),
  capture: () => msg('线路抓取', 'Wire capture'),
};

export function recordWord(record: string): string {
  const title = recordTitles[record];
  return title ? say(title) : record;
}

/** `order.accept` as people say it: 订单 · 接收. */
export function actionWord(action: string): string {
  const title = actionTitles[action];
  if (title) return say(title);
  const dot = action.indexOf('.');
  const [record, verb] = [action.slice(0, dot), action.slice(dot + 1)];
  const word = more[verb]?.() ?? verb;
  return `${recordWord(record)} · ${word}`;
}

/** The system's own name of an actor, `system:seed`, is no person. */
export const isPerson = (actor: string): boolean => !actor.includes(':');

/** Records that have a page. */
export const openable: ReadonlySet<string> = new Set(['order', 'donor', 'message', 'channel']);

const hour = 3_600_000;
const spans: Readonly<Record<string, number>> = {
  '24h': 24 * hour,
  '7d': 168 * hour,
  '30d': 720 * hour,
  '365d': 8760 * hour,
};
export const spanNames = Object.keys(spans);

/** The filter of a span that ends now. */
export const spanFilter = (span: string, now: number): string =>
  `${new Date(now - (spans[span] ?? spans['7d']!)).toISOString()}..`;
