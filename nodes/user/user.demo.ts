export interface SeedUser {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly homeOrgId: string;
  readonly assignments: readonly { readonly orgId: string; readonly roleId: string }[];
}

/** Published: these users exist in demo mode only. */
export const demoPassword = 'Cytomesh#Demo1';
export const demoPrefix = 'user-demo-';

const user = (username: string, name: string, ...alsoIn: string[]): SeedUser => ({
  id: `${demoPrefix}${username}`,
  username,
  name,
  homeOrgId: 'org-hy',
  assignments: ['org-hy', ...alsoIn].map((orgId) => ({ orgId, roleId: `role-${username}` })),
});

/** One person for each shipped role; some work in several organisations. */
export const demoUsers: readonly SeedUser[] = [
  user('admin', '林知远', 'org-imc', 'org-mh'),
  user('security', '韩守一', 'org-imc', 'org-mh'),
  user('planner', '沈清和', 'org-imc', 'org-mh'),
  user('operator', '周牧野'),
  user('reviewer', '顾明澈'),
  user('qc', '许嘉言', 'org-imc', 'org-mh'),
  user('qa', '宋雨辰'),
  user('keeper', '程望舒'),
  user('engineer', '陆知行', 'org-imc', 'org-mh'),
  user('auditor', '方景行', 'org-imc', 'org-mh'),
];
