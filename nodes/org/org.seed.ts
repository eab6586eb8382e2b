import { orgRecord } from '../../contracts/org/org.record.ts';
import { groupOrg } from '../kit/caller.ts';
import type { Kit } from '../kit/kit.ts';
import { insertMissing, seedMeta } from '../kit/seed.ts';
import type { SeedOptions } from '../kit/service.ts';

const org = (id: string, code: string, name: string, nameEn: string) =>
  ({ id, code, name, nameEn, kind: 'org', parentId: groupOrg }) as const;
const department = (parentId: string, code: string, name: string, nameEn: string) =>
  ({ id: `dept-${code.toLowerCase()}`, code, name, nameEn, kind: 'department', parentId }) as const;

const root = {
  id: groupOrg,
  code: 'HYG',
  name: '和祐医疗集团',
  nameEn: 'Heyou Medical Group',
  kind: 'group',
  parentId: null,
} as const;

const demo = [
  org('org-hy', 'HY', '和祐国际医院', 'Heyou International Hospital'),
  org('org-imc', 'IMC', 'IMC诊疗中心', 'International Medical Centre'),
  org('org-mh', 'MH', '美和医院', 'Meihe Hospital'),
  org('org-fh', 'FH', '斐和思医美', 'Feihesi Aesthetic Medicine'),
  department('org-hy', 'HY-CPC', '细胞制备中心', 'Cell Processing Centre'),
  department('org-hy', 'HY-QC', '质量检验科', 'Quality Control Laboratory'),
  department('org-hy', 'HY-QA', '质量保证部', 'Quality Assurance'),
  department('org-hy', 'HY-ONC', '肿瘤科', 'Oncology'),
  department('org-imc', 'IMC-OPD', '综合门诊', 'Outpatient Clinic'),
  department('org-mh', 'MH-OB', '产科', 'Obstetrics'),
  department('org-fh', 'FH-DER', '皮肤科', 'Dermatology'),
];

/** The root of the group; in demo mode its organisations and some departments too. */
export async function seedOrgs(kit: Kit, options: SeedOptions): Promise<void> {
  const rows = options.demo ? [root, ...demo] : [root];
  await kit.work(seedMeta(kit), (work) => insertMissing(work, orgRecord, rows));
}
