import { iso, org } from './data.ts';

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly data: object;
  constructor(status: number, code: string, data: object = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.data = data;
  }
}

const orgs = [
  { id: org, code: 'HQ', name: '仁济细胞医学中心', nameEn: 'Renji Cell Medicine Centre' },
  {
    id: `${org.slice(0, -1)}2`,
    code: 'EAST',
    name: '东院细胞制备实验室',
    nameEn: 'East Campus Cell Laboratory',
  },
];
const names: Record<string, string> = {
  planner: '李敏',
  engineer: '高远',
  admin: '系统管理员',
  operator: '王晓',
  auditor: '审计员',
};
let who = 'planner';
/** Who is signed in. */
export const user = (): string => who;
let at = orgs[0]!;

export const session = () => ({
  userId: `u-${who}`,
  username: who,
  name: names[who] ?? who,
  org: at,
  orgs,
  roles: [who],
  permissions:
    who === 'auditor'
      ? ['order.read', 'donor.read', 'message.read', 'channel.read']
      : ['order.*', 'donor.*', 'message.*', 'channel.*'],
  expiresAt: iso(Date.now() + 8 * 3600_000),
});

export function login(body: Record<string, unknown>): object {
  if (body.password !== 'Cytomesh#Demo1') throw new Refusal(401, 'user.login.failed');
  who = String(body.username);
  return { token: 'mock', session: session() };
}

export function switchOrg(body: Record<string, unknown>): object {
  at = orgs.find((o) => o.code === body.org || o.id === body.org) ?? at;
  return { token: 'mock', session: session() };
}
