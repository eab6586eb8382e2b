import { catalogue, type FaultCode } from '../../../contracts/faults/catalogue.ts';
import { type Fault, fill } from '../../../contracts/kernel/fault.ts';
import type { Language } from './language.ts';

export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Problem details (RFC 9457) with our members `code`, `requestId`, `issues`, `data`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: FaultCode;
  readonly requestId: string;
  /** Each thing wrong with the input, the offending values never repeated. */
  readonly issues?: readonly Issue[];
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A fault as the caller sees it. A `broken` one tells its code and nothing of our insides. */
export function problemOf(fault: Fault, language: Language, instance: string, requestId: string): Problem {
  const entry = catalogue[fault.code];
  const text = entry.text[language];
  const data = entry.kind === 'broken' ? {} : (fault.data ?? {});
  const issues = issuesIn(data);
  return {
    type: `urn:cytomesh:fault:${fault.code}`,
    title: titleOf(text),
    status: entry.status,
    detail: fill(text, issues ? { ...data, issues: issues.map(issueText).join('; ') } : data),
    instance,
    code: fault.code,
    requestId,
    ...(issues ? { issues } : {}),
    ...(Object.keys(data).length ? { data } : {}),
  };
}

/** The catalogue's text without the data of the occurrence: a title is the same for all of its type. */
export const titleOf = (text: string): string =>
  text
    .replace(/\s*[:：]?\s*(\{\w+\}\s*)+$/, '')
    .replace(/\{\w+\}/g, '…')
    .trim();

const issueText = (issue: Issue): string =>
  issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`;

function issuesIn(data: Readonly<Record<string, unknown>>): Issue[] | undefined {
  if (!Array.isArray(data.issues)) return undefined;
  return data.issues.map((i: Partial<Issue>) => ({
    path: String(i?.path ?? ''),
    message: String(i?.message ?? ''),
  }));
}
