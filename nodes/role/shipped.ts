/** A role as it is shipped. `word.*` gives all rights of a word, those of later releases too. */
export interface ShippedRole {
  readonly code: string;
  readonly name: string;
  readonly nameEn: string;
  readonly permissions: readonly string[];
}

const role = (code: string, name: string, nameEn: string, ...permissions: string[]): ShippedRole => ({
  code,
  name,
  nameEn,
  permissions: ['org.read', 'numbering.read', ...permissions],
});

/** Duties are kept apart: who gives rights does not plan or handle orders, who audits changes nothing. */
export const shippedRoles: readonly ShippedRole[] = [
  role(
    'admin',
    '系统管理员',
    'Administrator',
    'org.*',
    'user.read',
    'role.read',
    'order.read',
    'donor.read',
    'message.read',
    'channel.read',
    'codeset.read',
    'masterdata.*',
    'numbering.*',
  ),
  role('security', '安全管理员', 'Security administrator', 'user.*', 'role.*'),
  role(
    'planner',
    '生产计划员',
    'Lab planner',
    'order.*',
    'donor.read',
    'donor.reveal',
    'message.read',
    'channel.read',
    'codeset.read',
  ),
  role('operator', '制备操作员', 'Operator', 'order.read', 'donor.read'),
  role('reviewer', '复核员', 'Reviewer', 'order.read', 'donor.read'),
  role('qc', '质量检验员', 'Quality control', 'order.read', 'donor.read', 'message.read'),
  role('qa', '质量保证', 'Quality assurance', 'order.read', 'donor.read', 'donor.reveal', 'message.read'),
  role('keeper', '样本库管理员', 'Cell bank keeper', 'order.read', 'donor.read'),
  role(
    'engineer',
    '集成工程师',
    'Integration engineer',
    'channel.*',
    'message.*',
    'codeset.*',
    'masterdata.*',
    'order.read',
    'donor.read',
  ),
  role(
    'auditor',
    '审计员',
    'Auditor',
    'audit.*',
    'order.read',
    'donor.read',
    'message.read',
    'channel.read',
    'codeset.read',
    'user.read',
    'role.read',
  ),
];
