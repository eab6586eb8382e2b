import { beforeEach, expect, test } from '@jest/globals';
import { issuedNumberTransitions, numberingActions } from '../../../contracts/numbering/numbering.actions.ts';
import type { TestKit } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { kitForTests } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { numberingService } from '../../../nodes/numbering/numbering.service.ts';
import { orgService } from '../../../nodes/org/org.service.ts';
import { onEachInstallation } from '../database/databases.ts';

await onEachInstallation('numbers given out', (four) => {
  let mesh: TestKit;
  let serial = 0;
  beforeEach(async () => {
    if (mesh) return;
    mesh = await kitForTests([orgService, numberingService], { databases: four().databases });
    await mesh.seed();
  });
  const issue = (rule: string, more: object = {}, options: object = {}) =>
    mesh.call(
      numberingActions.issued.issue,
      { rule, ...more },
      { idempotencyKey: `issue-key-${++serial}`, ...options },
    );
  const asOrg = (orgId: string) => ({ as: { orgId } });

  test('[CUS-2.1.1b] fifty callers at once, from two nodes and two organisations: no number twice, none left out', async () => {
    const other = await kitForTests([orgService, numberingService], {
      databases: four().databases,
      clock: mesh.clock,
    });
    const given = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 ? mesh : other).call(
          numberingActions.issued.issue,
          { rule: 'din', count: 1 + (i % 3) },
          { idempotencyKey: `many-${i}-of-50`, ...asOrg(i % 5 ? 'org-hy' : 'org-mh') },
        ),
      ),
    );
    await other.close();
    const items = given.flatMap((g) => g.items);
    const numbers = items.map((i) => i.number).sort();
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual(
      Array.from({ length: numbers.length }, (_, i) => `A999926${String(i + 1).padStart(6, '0')}`),
    );
    const { last, issued, complete } = await mesh.call(numberingActions.reconcile, {
      id: 'number-din',
      series: items[0]!.series,
    });
    expect([last, issued, complete]).toEqual([numbers.length, numbers.length, true]);
  });

  test('a repeated key gets the same numbers, a failed call none', async () => {
    const first = await issue('storage', { count: 3 }, { idempotencyKey: 'the-same-key' });
    const again = await issue('storage', { count: 3 }, { idempotencyKey: 'the-same-key' });
    expect(again).toEqual(first);
    await expect(issue('storage', { count: 501 })).rejects.toMatchObject({ code: 'kernel.params.invalid' });
    const [next] = (await issue('storage')).items;
    expect(next!.place).toBe(first.items[0]!.place + 3);
  });

  test('[QUA-4.1.7] unit numbers count within their storage id', async () => {
    const [one, two] = (await issue('cell-unit', { scope: 'HY2600012', count: 2 })).items;
    const [other] = (await issue('cell-unit', { scope: 'HY2600013' })).items;
    expect([one, two, other].map((n) => n!.number.slice(0, -1))).toEqual([
      'U-HY2600012-001',
      'U-HY2600012-002',
      'U-HY2600013-001',
    ]);
    await expect(issue('cell-unit')).rejects.toMatchObject({ code: 'kernel.params.invalid' });
  });

  test('a voided number is never given again, and says why; a used one says for what', async () => {
    const [one, two] = (await issue('equipment', { count: 2 })).items;
    await mesh.call(
      issuedNumberTransitions.use!,
      { id: one!.id, subjectKind: 'equipment', subjectId: 'e-1' } as never,
      {
        idempotencyKey: `use-${one!.id}`,
      },
    );
    const voided = { id: two!.id, reason: '标签打坏' } as never;
    await mesh.call(issuedNumberTransitions.void!, voided, { idempotencyKey: `void-${two!.id}` });
    const [three] = (await issue('equipment')).items;
    expect(three!.place).toBe(3);
    expect((await mesh.call(numberingActions.issued.get, { id: one!.id })).subjectId).toBe('e-1');
    const counts = await mesh.call(numberingActions.reconcile, {
      id: 'number-equipment',
      series: one!.series,
    });
    expect(counts).toEqual({ last: 3, issued: 1, used: 1, voided: 1, complete: true });
  });

  test('[ARC-04] the rule of an organisation goes before the group’s, and only it may change it', async () => {
    const made = await mesh.call(
      numberingActions.create,
      { code: 'transport', name: '运输', nameEn: 'Transport', pattern: 'IMC-{yy}-{seq:2}' },
      { idempotencyKey: 'rule-of-imc-1', ...asOrg('org-imc') },
    );
    expect((await issue('transport', {}, asOrg('org-imc'))).items[0]!.number).toBe('IMC-26-01');
    expect((await issue('transport')).items[0]!.number).toMatch(/^X-26/);
    const change = (orgId: string, pattern: string) =>
      mesh.call(
        numberingActions.change,
        { id: made.id, pattern, version: made.version },
        { idempotencyKey: `change-${orgId}-${++serial}`, ...asOrg(orgId) },
      );
    await expect(change('org-hy', 'HY-{seq:2}')).rejects.toMatchObject({ code: 'numbering.rule.foreign' });
    await expect(change('org-imc', 'IMC')).rejects.toMatchObject({ code: 'numbering.pattern.invalid' });
    await change('org-imc', '{seq:1}');
    for (let i = 0; i < 9; i++) await issue('transport', {}, asOrg('org-imc'));
    await expect(issue('transport', {}, asOrg('org-imc'))).rejects.toMatchObject({
      code: 'numbering.series.exhausted',
    });
  });

  test('a preview gives nothing out', async () => {
    const preview = () =>
      mesh.call(numberingActions.preview, { pattern: '{facility}{yy}{seq:6}{check}', facility: 'A9999' });
    expect((await preview()).numbers).toEqual(['A9999260000018', 'A9999260000026', 'A9999260000034']);
    expect(await preview()).toEqual(await preview());
    await expect(issue('nothing')).rejects.toMatchObject({ code: 'numbering.rule.missing' });
  });
});
