import { bundleActions } from '../../../contracts/channel/bundle.actions.ts';
import { definitionActions } from '../../../contracts/channel/definition.actions.ts';
import { publicationPolicyRecord, publicationRecord } from '../../../contracts/channel/definition.record.ts';
import { draftActions } from '../../../contracts/channel/draft.actions.ts';
import { publicationActions } from '../../../contracts/channel/publication.actions.ts';
import type { SampleCheck } from '../../../contracts/channel/trial.schema.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { may } from '../../kit/caller.ts';
import { type Call, type Handler, handle } from '../../kit/service.ts';
import { exportBundle } from './bundle-export.ts';
import { importBundle } from './bundle-import.ts';
import { headOfCode, listDefinitions, oneDefinition } from './definitions-view.ts';
import { dropDraft, preview, saveDraft } from './drafts.ts';
import { checksOf } from './gate.ts';
import { approve, needsSecondPerson, submit, turnDown } from './publish.ts';
import { rollback } from './rollback.ts';
import { tryTexts } from './trial.ts';
import { wordsOf } from './words.ts';
import type { WorkshopHub } from './workshop-hub.ts';

/** Handlers of definitions and their publication. */
export const definitionHandlers = (hub: WorkshopHub): Handler[] => [
  handle(definitionActions.list, async (_params, call) => ({ items: await listDefinitions(hub, call) })),
  handle(definitionActions.get, ({ id }, call) => oneDefinition(hub, call, id)),
  handle(definitionActions.words, async (_params, call) => wordsOf(hub, call)),
  handle(definitionActions.preview, (params, call) => preview(hub, params, call)),
  handle(definitionActions.check, async ({ texts }, call) => {
    const trial = await tryTexts(hub, call, texts);
    return { problems: trial.problems.flat(), checks: await checksOf(hub, trial) };
  }),
  handle(draftActions.saveDraft, (params, call) => saveDraft(hub, params, call)),
  handle(draftActions.dropDraft, ({ id }, call) => dropDraft(hub, id, call)),
  handle(definitionActions.rollback, async (params, call) => {
    await rollback(hub, params, call);
    return headOfCode(hub, call, params.id);
  }),
  handle(bundleActions.export, (params, call) => exportBundle(hub, params, call)),
  handle(bundleActions.import, (params, call) => importBundle(hub, params, call)),

  handle(publicationActions.list, (params, { kit, meta }) =>
    kit.list(publicationRecord, meta.caller, params),
  ),
  handle(publicationActions.get, async ({ id }, call) => {
    const [publication] = await call.kit.find(publicationRecord, call.meta.caller, { id });
    if (!publication) throw new Fault('kernel.record.missing', { record: 'publication', id });
    const inForce = await Promise.all(
      publication.items.map(({ code }) =>
        oneDefinition(hub, call, code).then(
          (d) => d.text,
          () => '',
        ),
      ),
    );
    const pending = publication.state === 'PENDING';
    const trial =
      pending &&
      (await tryTexts(
        hub,
        call,
        publication.items.map((i) => i.text),
      ));
    return { publication, inForce, checks: trial ? seen(await checksOf(hub, trial), call) : [] };
  }),
  handle(publicationActions.submit, ({ items, note }, call) => submit(hub, call, items, note ?? '')),
  handle(publicationActions.approve, ({ id, reason }, call) => approve(hub, call, id, reason ?? '')),
  handle(publicationActions.reject, ({ id, reason }, call) => turnDown(call, id, 'REJECTED', reason ?? '')),
  handle(publicationActions.withdraw, ({ id, reason }, call) =>
    turnDown(call, id, 'WITHDRAWN', reason ?? ''),
  ),
  handle(publicationActions.policy, async (_params, call) => ({
    secondPerson: await needsSecondPerson(call),
  })),
  handle(publicationActions.setPolicy, ({ secondPerson, reason }, call) =>
    call.write(async (work) => {
      const [row] = await work.load(publicationPolicyRecord, {});
      if (row) return work.update(publicationPolicyRecord, row, { secondPerson }, 'set', reason);
      const made = work.insert(publicationPolicyRecord, { secondPerson });
      work.audit(publicationPolicyRecord, made, 'set', null, JSON.stringify({ secondPerson }), reason);
      return made;
    }),
  ),
];

/** Values of samples are contents: shown to those who may see contents. */
const seen = (checks: readonly SampleCheck[], { meta }: Call): SampleCheck[] =>
  may(meta.caller, 'message.content')
    ? [...checks]
    : checks.map((c) => ({
        ...c,
        differences: c.differences.map((d) => ({ ...d, before: null, after: null })),
      }));
