import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { auditActions } from '../../contracts/audit/audit.actions.ts';
import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { sealedTable } from '../../contracts/kernel/system.tables.ts';
import type { Call } from '../kit/service.ts';
import { spanOf } from './search.ts';

/** Entries of one archive at most; ten thousand are about two megabytes. */
const most = 20_000;
const page = 2000;

/**
 * The entries of a span as JSON lines in the order of the chain, each with its place and hash, then one line with count, digest and an
 * Ed25519 signature over the digest. Personal values stay sealed. That it was taken is itself an entry.
 */
export async function archive(
  span: Params<typeof auditActions.archive>,
  call: Call,
): Promise<Result<typeof auditActions.archive>> {
  const { kit, meta } = call;
  const lines: string[] = [];
  let after = 0;
  for (;;) {
    const rows = await spanOf(kit, meta.caller.orgId, span, after, page);
    for (const row of rows) lines.push(JSON.stringify(row));
    if (lines.length > most) throw new Fault('audit.archive.large', { most });
    if (rows.length < page) break;
    after = rows.at(-1)!.seq;
  }
  const text = lines.map((line) => `${line}\n`).join('');
  const digest = createHash('sha256').update(text).digest('hex');
  const { signer } = kit.vault;
  const signature = signer.sign(digest);
  const seal = {
    ...span,
    orgId: meta.caller.orgId,
    count: lines.length,
    digest,
    signature,
    publicKey: signer.publicKey,
  };
  const content = await promisify(gzip)(Buffer.from(`${text}${JSON.stringify({ archive: seal })}\n`));
  return call.write(async (work) => {
    const about = { id: digest.slice(0, 36), orgId: meta.caller.orgId };
    work.audit(sealedTable, about, 'archive', null, JSON.stringify({ ...span, count: lines.length, digest }));
    return {
      file: `audit-${span.from.slice(0, 10)}-${span.to.slice(0, 10)}.jsonl.gz`,
      mediaType: 'application/gzip',
      count: lines.length,
      content: content.toString('base64'),
      digest,
      signature,
      publicKey: signer.publicKey,
    };
  });
}
