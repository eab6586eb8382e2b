import type { Text } from '../../contracts/kernel/text.ts';
import type { Version } from './contract.ts';
import { envelopeNamespaces } from './envelope.ts';
import type { SoapProblem } from './problem.ts';
import { securityNamespace } from './security-names.ts';
import { escapeAttribute, escapeText } from './xml-text.ts';

export const contentTypes: Readonly<Record<Version, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
};

const declaration = '<?xml version="1.0" encoding="utf-8"?>';

export function writeEnvelope(version: Version, header: string, body: string): string {
  const head = header === '' ? '' : `<soap:Header>${header}</soap:Header>`;
  return `${declaration}<soap:Envelope xmlns:soap="${envelopeNamespaces[version]}">${head}<soap:Body>${body}</soap:Body></soap:Envelope>`;
}

const codes11 = {
  Sender: 'Client',
  Receiver: 'Server',
  VersionMismatch: 'VersionMismatch',
  MustUnderstand: 'MustUnderstand',
};

/** A fault in the version of the request; the HTTP status is that of its binding (1.1 section 6.2, 1.2 part 2 table 20). */
export function writeFault(version: Version, problem: SoapProblem): { status: number; body: string } {
  const { soap, text, details } = problem;
  const security = details.security;
  if (version === '1.1') {
    const space = security === undefined ? '' : ` xmlns:wsse="${securityNamespace}"`;
    const code = security === undefined ? `soap:${codes11[soap]}` : `wsse:${security}`;
    const fault = `<soap:Fault><faultcode${space}>${code}</faultcode><faultstring xml:lang="en">${escapeText(both(text))}</faultstring>${detail('detail', problem)}</soap:Fault>`;
    return { status: 500, body: writeEnvelope(version, '', fault) };
  }
  const sub =
    security === undefined
      ? ''
      : `<soap:Subcode><soap:Value xmlns:wsse="${securityNamespace}">wsse:${security}</soap:Value></soap:Subcode>`;
  const reasons = (['en', 'zh'] as const)
    .map((language) => `<soap:Text xml:lang="${language}">${escapeText(text[language])}</soap:Text>`)
    .join('');
  const fault = `<soap:Fault><soap:Code><soap:Value>soap:${soap}</soap:Value>${sub}</soap:Code><soap:Reason>${reasons}</soap:Reason>${detail('soap:Detail', problem)}</soap:Fault>`;
  return { status: soap === 'Sender' ? 400 : 500, body: writeEnvelope(version, '', fault) };
}

const both = (text: Text): string => `${text.en} · ${text.zh}`;

function detail(element: string, { details }: SoapProblem): string {
  const retry = details.retrySeconds === undefined ? '' : ` retryAfterSeconds="${details.retrySeconds}"`;
  const code = escapeAttribute(details.code ?? 'hub.frame.broken');
  return `<${element}><f:fault xmlns:f="urn:cytomesh:fault" code="${code}"${retry}/></${element}>`;
}
