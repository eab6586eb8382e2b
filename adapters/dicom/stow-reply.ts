import { cannot, later, saidOf } from './said.ts';

type Said = ReturnType<typeof saidOf>;

/** A data set of DICOM JSON (PS3.18 Annex F), as far as the answer to a store goes. */
type Dataset = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>;

const failed = '00081198';
const referenced = '00081199';
const instance = '00081155';
const failure = '00081197';
const warning = '00081196';

/** Statuses after which the same request may be taken: access, address and load are for people to mend. */
const passing = new Set([401, 403, 404, 405, 407, 408, 425, 429]);

/** What the answer to one stored instance says (PS3.18 §10.5.3): its entry in the data set, else the status. */
export function judgeStow(status: number, body: Uint8Array, sopInstance: string): Said {
  const http = `HTTP ${status}`;
  const stored = status === 200 || status === 202 || status === 409;
  const dataset = stored ? datasetOf(body) : undefined;
  const refused = itemOf(dataset, failed, sopInstance);
  if (refused !== undefined) return saidOf(numberOf(refused, failure) ?? 0x0110, http);
  const taken = itemOf(dataset, referenced, sopInstance);
  if (taken !== undefined) return saidOf(numberOf(taken, warning) ?? 0, '');
  if (status === 200 || status === 201 || status === 204)
    return { verdict: 'good', code: http, reason: 'the answer names no instance' };
  if (status === 202) return later(http, 'the answer does not say whether the instance is stored');
  if (status >= 500 || passing.has(status) || (status >= 300 && status < 400))
    return later(http, 'not taken now');
  return cannot(http, 'the instance is refused');
}

function datasetOf(body: Uint8Array): Dataset | undefined {
  try {
    const found = JSON.parse(Buffer.from(body).toString('utf8')) as Dataset | Dataset[] | null;
    return (Array.isArray(found) ? found[0] : found) ?? undefined;
  } catch {
    return undefined;
  }
}

function itemOf(dataset: Dataset | undefined, sequence: string, sopInstance: string): Dataset | undefined {
  const items = dataset?.[sequence]?.Value;
  if (!Array.isArray(items)) return undefined;
  return (
    (items as (Dataset | null)[]).find((item) => item?.[instance]?.Value?.[0] === sopInstance) ?? undefined
  );
}

function numberOf(item: Dataset, one: string): number | undefined {
  const found = item[one]?.Value?.[0];
  return typeof found === 'number' ? found : undefined;
}
