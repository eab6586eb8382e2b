import { numberingRuleRecord } from '../../contracts/numbering/numbering.record.ts';
import type { Kit } from '../kit/kit.ts';
import { insertMissing, seedMeta } from '../kit/seed.ts';

const rule = (code: string, name: string, nameEn: string, pattern: string, facility = '') => ({
  id: `number-${code}`,
  code,
  forOrg: '',
  name,
  nameEn,
  pattern,
  facility,
  active: true,
});

/** Rules of the group as shipped; an organisation that wants another one makes its own of the same code. */
const shipped = [
  rule('sample', '样本编号', 'Sample', 'Q-{org}{yy}{MM}{dd}-{seq:4}{check}'),
  rule('qc-specimen', '检品编号', 'QC specimen', 'Q-{yy}-{seq:6}{check}'),
  rule('cell-unit', '细胞单元编号', 'Cell unit', 'U-{scope}-{seq:3}{check}'),
  rule('storage', '储存编号', 'Storage', '{org}{yy}{seq:5}'),
  rule('position', '盒与孔位编号', 'Box or position', 'P-{seq:6}{check}'),
  rule('material-lot', '物料批号', 'Material lot', 'L-{yy}{MM}-{seq:4}{check}'),
  rule('equipment', '设备编号', 'Equipment', 'E-{org}-{seq:4}{check}'),
  rule('staff', '人员编号', 'Staff', 'S-{seq:5}{check}'),
  rule('production-task', '生产任务编号', 'Production task', 'T-{yy}{MM}-{seq:4}{check}'),
  rule('transport', '运输编号', 'Transport', 'X-{yy}{MM}{dd}-{seq:3}{check}'),
];

/** The facility number that ICCBBA keeps for examples (ST-001): real ones are set by the organisation. */
const demo = [
  rule('din', '供者识别码（ISBT 128）', 'Donation number (ISBT 128)', '{facility}{yy}{seq:6}', 'A9999'),
];

export async function seedRules(kit: Kit, options: { readonly demo: boolean }): Promise<void> {
  const rows = options.demo ? [...shipped, ...demo] : shipped;
  await kit.work(seedMeta(kit), (work) => insertMissing(work, numberingRuleRecord, rows));
}
