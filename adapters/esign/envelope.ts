import type { SoapSettings } from './settings.ts';
import { type Read, readTree, type Tree } from './tree.ts';

const namespaces = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (c) => escapes[c]!);

export const soapType = ({ version }: SoapSettings): string =>
  version === '1.2' ? 'application/soap+xml; charset=utf-8' : 'text/xml; charset=utf-8';

/** An envelope around the contents of its Body. */
export const wrap = ({ version = '1.1' }: SoapSettings, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${namespaces[version]}"><s:Body>${body}</s:Body></s:Envelope>`;

/** A request element with its fields, in order; a field that is a tree is written as elements too. */
export function writeCall(soap: SoapSettings, element: string, fields: Tree): string {
  const inner = writeFields(fields, soap.qualified === true ? 'm:' : '');
  return wrap(soap, `<m:${element} xmlns:m="${escapeXml(soap.namespace)}">${inner}</m:${element}>`);
}

function writeFields(tree: Tree, prefix: string): string {
  if (typeof tree === 'string') return escapeXml(tree);
  return Object.entries(tree ?? {})
    .map(([name, value]) => `<${prefix}${name}>${writeFields(value as Tree, prefix)}</${prefix}${name}>`)
    .join('');
}

/** The receiver's fault may pass, the sender's is final (SOAP 1.1 section 4.4, 1.2 section 5.4). */
export interface BodyFault {
  readonly fault: string;
  readonly busy: boolean;
}

/** What stands in the first element of the Body. */
export function readBody(text: string): Read | BodyFault {
  const read = readTree(text);
  if ('bad' in read) return read;
  const body = childOf(childOf(read.tree, 'Envelope'), 'Body');
  const first = body && typeof body === 'object' ? Object.entries(body)[0] : undefined;
  if (!first) return { bad: 'no SOAP body' };
  const [name, tree] = first as [string, Tree];
  if (name !== 'Fault') return { tree };
  const reason = childOf(tree, 'faultstring') ?? childOf(childOf(tree, 'Reason'), 'Text');
  const code = childOf(tree, 'faultcode') ?? childOf(childOf(tree, 'Code'), 'Value');
  return {
    fault: typeof reason === 'string' ? reason : 'SOAP fault',
    busy: typeof code === 'string' && /(^|:)(Server|Receiver)(\.|$)/.test(code),
  };
}

function childOf(tree: Tree | undefined, name: string): Tree | undefined {
  return tree && typeof tree === 'object' && !Array.isArray(tree) && Object.hasOwn(tree, name)
    ? (tree as { readonly [name: string]: Tree })[name]
    : undefined;
}
