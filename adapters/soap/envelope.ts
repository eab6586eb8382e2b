import { t } from '../../contracts/kernel/text.ts';
import type { Version } from './contract.ts';
import { SoapProblem } from './problem.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml-reader.ts';

export const envelopeNamespaces: Readonly<Record<Version, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

/** Envelope, body, operation, parameter, a nested document and one level of it. */
const KEPT = 6;

export interface Envelope {
  readonly version: Version;
  /** What positions of elements refer to. */
  readonly source: string;
  readonly headers: readonly XmlElement[];
  /** The one element of the body; absent where it is empty. */
  readonly entry?: XmlElement;
}

export function readEnvelope(source: string, limits: XmlLimits, keep = KEPT): Envelope {
  const root = readXml(source, limits, keep);
  if (root.local !== 'Envelope') throw wrong('the root element is no SOAP envelope');
  const version = versionOf(root.namespace);
  const parts = root.children.filter((part) => part.namespace === root.namespace);
  const names = parts.map((part) => part.local).join(' ');
  if (root.hasText || parts.length !== root.children.length || !/^(Header )?Body$/.test(names))
    throw wrong('an envelope holds at most one header and then one body');
  const body = parts.at(-1)!;
  if (body.hasText) throw wrong('text stands in the body beside its element');
  if (body.children.length > 1) throw wrong('the body holds more than one element');
  const entry = body.children[0];
  return {
    version,
    source,
    headers: parts.length === 2 ? parts[0]!.children : [],
    ...(entry !== undefined && { entry }),
  };
}

function versionOf(namespace: string): Version {
  for (const version of ['1.2', '1.1'] as const)
    if (namespace === envelopeNamespaces[version]) return version;
  throw new SoapProblem(
    t('信封的命名空间不是 SOAP 1.1 或 1.2', 'The namespace of the envelope is neither SOAP 1.1 nor 1.2'),
    { soap: 'VersionMismatch', kind: 'broken-frame' },
  );
}

const wrong = (reason: string): SoapProblem =>
  new SoapProblem(t(`SOAP 信封不正确：${reason}`, `The SOAP envelope is not valid: ${reason}`), {
    kind: 'broken-frame',
  });
