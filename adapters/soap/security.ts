import { createHash, timingSafeEqual } from 'node:crypto';
import { t } from '../../contracts/kernel/text.ts';
import type { ListenSettings } from './descriptor.ts';
import { SoapProblem } from './problem.ts';
import { passwordDigest, passwordText, securityNamespace, utilityNamespace } from './security-names.ts';
import { attributeOf, shortText } from './xml-content.ts';
import type { XmlElement } from './xml-reader.ts';

type TokenSettings = NonNullable<ListenSettings['usernameToken']>;

/** Most tokens remembered against replay; with more at once the sender has to come again later. */
const REMEMBERED = 100_000;

/** Who calls, by WS-Security UsernameToken profile 1.0 (section 3). */
export class TokenCheck {
  private readonly settings: TokenSettings;
  private readonly windowMs: number;
  /** Until when each nonce is remembered; oldest first, since all are remembered equally long. */
  private readonly seen = new Map<string, number>();

  constructor(settings: TokenSettings) {
    this.settings = settings;
    this.windowMs = (settings.windowSeconds ?? 300) * 1000;
  }

  /** Throws a problem, or gives how to forget the token where the request was not kept after all. */
  check(source: string, security: XmlElement | undefined, now: number): () => void {
    const token = security && childOf(security, 'UsernameToken');
    if (token === undefined) throw denied('InvalidSecurity', '缺少 UsernameToken', 'no UsernameToken');
    const text = (name: string, space = securityNamespace) => shortText(source, childOf(token, name, space));
    const created = text('Created', utilityNamespace);
    const nonce = text('Nonce');
    this.checkTime(created, now);
    this.checkExpiry(source, security!, now);
    const password = childOf(token, 'Password');
    const kind = (password && attributeOf(password, 'Type')) || passwordText;
    const given = shortText(source, password);
    const user = this.settings.users.find(({ username }) => username === text('Username'));
    const expected = user?.password ?? '';
    const digest = kind === passwordDigest;
    const wanted = this.settings.password ?? 'either';
    if (
      (!digest && kind !== passwordText) ||
      (wanted !== 'either' && wanted !== (digest ? 'digest' : 'text'))
    )
      throw denied('UnsupportedSecurityToken', '不支持的口令类型', 'this type of password is not taken');
    if (digest && (nonce === '' || created === ''))
      throw denied('InvalidSecurityToken', '缺少 Nonce 或 Created', 'Nonce or Created is missing');
    const right = equal(given, digest ? digestOf(nonce, created, expected) : expected);
    if (user === undefined || !right)
      throw denied('FailedAuthentication', '用户名或口令错误', 'wrong user name or password');
    return nonce === '' ? () => undefined : this.remember(digestOf(nonce, created, user.username), now);
  }

  private checkTime(created: string, now: number): void {
    if (created === '') return;
    const at = Date.parse(created);
    if (Number.isNaN(at) || Math.abs(now - at) > this.windowMs)
      throw denied('MessageExpired', 'Created 超出时间窗', 'Created is outside the window');
  }

  private checkExpiry(source: string, security: XmlElement, now: number): void {
    const stamp = childOf(security, 'Timestamp', utilityNamespace);
    const expires = stamp && shortText(source, childOf(stamp, 'Expires', utilityNamespace));
    if (expires && !(Date.parse(expires) + this.windowMs >= now))
      throw denied('MessageExpired', '消息已过期', 'the message has expired');
  }

  private remember(key: string, now: number): () => void {
    for (const [old, until] of this.seen) {
      if (until > now) break;
      this.seen.delete(old);
    }
    if (this.seen.has(key)) throw denied('InvalidSecurityToken', 'Nonce 已用过', 'the nonce was used before');
    if (this.seen.size >= REMEMBERED)
      throw new SoapProblem(t('请求过多，请稍后重试', 'Too many requests; try again later'), {
        soap: 'Receiver',
        retrySeconds: 30,
        kind: 'connection-limit',
      });
    // Created may lie ahead by as much as behind
    this.seen.set(key, now + 2 * this.windowMs);
    return () => this.seen.delete(key);
  }
}

const childOf = (element: XmlElement, local: string, namespace = securityNamespace): XmlElement | undefined =>
  element.children.find((child) => child.local === local && child.namespace === namespace);

/** Base64 of SHA-1 over nonce, time and password, as the profile prescribes. */
export const digestOf = (nonce: string, created: string, password: string): string =>
  createHash('sha1')
    .update(Buffer.from(nonce, 'base64'))
    .update(created + password)
    .digest('base64');

/** Compares in a time that tells nothing. */
export function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

const denied = (security: string, zh: string, en: string): SoapProblem =>
  new SoapProblem(t(`认证失败：${zh}`, `Authentication failed: ${en}`), { security, kind: 'auth-failed' });
