import type { Version } from './contract.ts';
import { descendants, type WsdlDocument } from './wsdl-load.ts';
import { attributeOf, resolveName } from './xml-content.ts';
import type { XmlElement } from './xml-reader.ts';

const WSDL = 'http://schemas.xmlsoap.org/wsdl/';
const XSD = 'http://www.w3.org/2001/XMLSchema';
const soapNamespaces: Readonly<Record<string, Version>> = {
  'http://schemas.xmlsoap.org/wsdl/soap/': '1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': '1.2',
};

export interface Described {
  readonly operation: string;
  /** Of the request element. */
  readonly name: string;
  readonly url: string;
  readonly version: Version;
  readonly namespace: string;
  readonly qualified: boolean;
  readonly parameters: readonly string[];
  readonly response: string;
  readonly result?: string;
  readonly soapAction: string;
}

interface Wanted {
  readonly service: string | undefined;
  readonly port: string | undefined;
  readonly version: Version | undefined;
  readonly operation: string | undefined;
}

/** One operation of a WSDL 1.1: document/literal wrapped or rpc/literal. Throws where it does not say what is asked. */
export function readWsdl(documents: readonly WsdlDocument[], wanted: Wanted): Described {
  const all = documents.flatMap(({ root }) => descendants(root));
  const named = (kind: string, owner: XmlElement, attribute: string): XmlElement => {
    const { local, namespace } = resolveName(owner, attributeOf(owner, attribute) ?? '');
    const found = all.find(
      (e) =>
        e.local === kind &&
        e.namespace === WSDL &&
        attributeOf(e, 'name') === local &&
        targetOf(e) === namespace,
    );
    if (found === undefined) throw new Error(`the WSDL has no ${kind} ${local}`);
    return found;
  };
  const { port, version, url } = portOf(all, wanted);
  const binding = named('binding', port, 'binding');
  const operation = operationOf(binding, wanted.operation);
  const name = attributeOf(operation, 'name')!;
  const declared = within(named('portType', binding, 'type'), 'operation').find(
    (o) => attributeOf(o, 'name') === name,
  );
  const input = declared && within(declared, 'input')[0];
  const output = declared && within(declared, 'output')[0];
  if (input === undefined) throw new Error(`the WSDL does not say what ${name} takes`);
  const request = named('message', input, 'message');
  const answer = output && named('message', output, 'message');
  const soap = operation.children.find((e) => e.local === 'operation' && e.namespace in soapNamespaces);
  const style = (soap && attributeOf(soap, 'style')) ?? styleOf(binding);
  const common = {
    operation: name,
    url,
    version,
    soapAction: (soap && attributeOf(soap, 'soapAction')) ?? '',
  };
  if (style === 'rpc') {
    const body = within(operation, 'input').flatMap((i) => i.children.filter((e) => e.local === 'body'))[0];
    const result = answer && namesOf(within(answer, 'part'))[0];
    return {
      ...common,
      name,
      namespace: (body && attributeOf(body, 'namespace')) ?? targetOf(binding),
      qualified: false,
      parameters: namesOf(within(request, 'part')),
      response: `${name}Response`,
      ...(result !== undefined && { result }),
    };
  }
  const wrapper = wrapperOf(all, request);
  const reply = answer && wrapperOf(all, answer);
  const result = reply?.children[0] && attributeOf(reply.children[0], 'name');
  return {
    ...common,
    name: wrapper.name,
    namespace: wrapper.namespace,
    qualified: wrapper.qualified,
    parameters: namesOf(wrapper.children),
    response: reply?.name ?? `${name}Response`,
    ...(result !== undefined && { result }),
  };
}

function portOf(all: readonly XmlElement[], { service, port, version }: Wanted) {
  const ports = all
    .filter((e) => e.local === 'service' && e.namespace === WSDL)
    .filter((e) => service === undefined || attributeOf(e, 'name') === service)
    .flatMap((e) => within(e, 'port'))
    .flatMap((element) => {
      const address = element.children.find((e) => e.local === 'address' && e.namespace in soapNamespaces);
      if (address === undefined) return [];
      const url = attributeOf(address, 'location') ?? '';
      return [{ port: element, version: soapNamespaces[address.namespace]!, url }];
    });
  const found = ports.find(
    (one) =>
      (port === undefined || attributeOf(one.port, 'name') === port) &&
      (version === undefined || one.version === version),
  );
  if (found === undefined)
    throw new Error(
      `the WSDL has no SOAP port${[service, port, version].map((x) => (x ? ` ${x}` : '')).join('')}`,
    );
  return found;
}

function operationOf(binding: XmlElement, wanted: string | undefined): XmlElement {
  const operations = within(binding, 'operation');
  const name = wanted ?? (operations.length === 1 ? attributeOf(operations[0]!, 'name') : 'HIPMessageServer');
  const found = operations.find((o) => attributeOf(o, 'name') === name);
  if (found === undefined) throw new Error(`the WSDL has no operation ${name}`);
  return found;
}

const within = (element: XmlElement, local: string): XmlElement[] =>
  element.children.filter((child) => child.local === local && child.namespace === WSDL);

const namesOf = (elements: readonly XmlElement[]): string[] =>
  elements.map((e) => attributeOf(e, 'name') ?? resolveName(e, attributeOf(e, 'ref') ?? '').local);

const styleOf = (binding: XmlElement): string =>
  attributeOf(
    binding.children.find((e) => e.local === 'binding' && e.namespace in soapNamespaces) ?? binding,
    'style',
  ) ?? 'document';

/** The target namespace of the definitions or schema an element stands in. */
function targetOf(element: XmlElement): string {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent)
    if (at.local === 'definitions' || at.local === 'schema') return attributeOf(at, 'targetNamespace') ?? '';
  return '';
}

/** The element a document/literal message consists of, with the elements inside. */
function wrapperOf(all: readonly XmlElement[], message: XmlElement) {
  const part = within(message, 'part')[0];
  const { local, namespace } = part
    ? resolveName(part, attributeOf(part, 'element') ?? '')
    : { local: '', namespace: '' };
  const top = (kind: string, name: string, space: string) =>
    all.find(
      (e) =>
        e.local === kind &&
        e.namespace === XSD &&
        e.parent?.local === 'schema' &&
        attributeOf(e, 'name') === name &&
        targetOf(e) === space,
    );
  const element = top('element', local, namespace);
  if (element === undefined) throw new Error(`the WSDL does not describe the element ${local}`);
  const typeName = attributeOf(element, 'type');
  const type = typeName === undefined ? undefined : resolveName(element, typeName);
  const complex = type
    ? top('complexType', type.local, type.namespace)
    : element.children.find((e) => e.local === 'complexType');
  const group = complex?.children.find((e) => e.local === 'sequence' || e.local === 'all');
  const children = group?.children.filter((e) => e.local === 'element') ?? [];
  const schema = (complex ?? element).parent;
  const form = children[0] && attributeOf(children[0], 'form');
  return {
    name: local,
    namespace,
    children,
    qualified:
      (form ?? formOf(schema ?? element)) === 'qualified' ||
      attributeOf(children[0] ?? element, 'ref') !== undefined,
  };
}

function formOf(element: XmlElement): string {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent)
    if (at.local === 'schema') return attributeOf(at, 'elementFormDefault') ?? 'unqualified';
  return 'unqualified';
}
