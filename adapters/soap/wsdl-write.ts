import type { Contract, Operation, Version } from './contract.ts';
import type { Field } from './contract-settings.ts';
import { escapeAttribute, escapeText } from './xml-text.ts';

const bindings = {
  '1.1': { prefix: 'soap', suffix: '' },
  '1.2': { prefix: 'soap12', suffix: '12' },
} as const;

/** The WSDL 1.1 of a service, document/literal wrapped, with a port for each version of SOAP. */
export function writeWsdl(contract: Contract, versions: readonly Version[], address: string): string {
  const { namespace, service, operations } = contract;
  const tns = escapeAttribute(namespace);
  const ports = versions.map((version) => port(contract, version, address)).join('\n    ');
  return `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="${service}" targetNamespace="${tns}" xmlns:tns="${tns}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xsd:schema targetNamespace="${tns}" elementFormDefault="qualified">
${operations.map(elementsOf).join('\n')}
    </xsd:schema>
  </wsdl:types>
${operations.map(messagesOf).join('\n')}
  <wsdl:portType name="${service}PortType">
${operations.map(({ name }) => `    <wsdl:operation name="${name}"><wsdl:input message="tns:${name}Request"/><wsdl:output message="tns:${name}Response"/></wsdl:operation>`).join('\n')}
  </wsdl:portType>
${versions.map((version) => binding(contract, version)).join('\n')}
  <wsdl:service name="${service}">
    ${ports}
  </wsdl:service>
</wsdl:definitions>
`;
}

const messagesOf = ({ name, response }: Operation): string =>
  `  <wsdl:message name="${name}Request"><wsdl:part name="parameters" element="tns:${name}"/></wsdl:message>
  <wsdl:message name="${name}Response"><wsdl:part name="parameters" element="tns:${response}"/></wsdl:message>`;

function binding({ service, operations }: Contract, version: Version): string {
  const { prefix, suffix } = bindings[version];
  const body = `<${prefix}:body use="literal"/>`;
  const each = operations.map(
    ({ name, soapAction }) =>
      `    <wsdl:operation name="${name}"><${prefix}:operation soapAction="${escapeAttribute(soapAction)}" style="document"/><wsdl:input>${body}</wsdl:input><wsdl:output>${body}</wsdl:output></wsdl:operation>`,
  );
  return `  <wsdl:binding name="${service}Binding${suffix}" type="tns:${service}PortType">
    <${prefix}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
${each.join('\n')}
  </wsdl:binding>`;
}

function port({ service, port: name }: Contract, version: Version, address: string): string {
  const { prefix, suffix } = bindings[version];
  return `<wsdl:port name="${name}${suffix}" binding="tns:${service}Binding${suffix}"><${prefix}:address location="${escapeAttribute(address)}"/></wsdl:port>`;
}

function elementsOf(operation: Operation): string {
  const { name, response, result, schema, typed, parameters, message, messageStyle, resultStyle } = operation;
  const content = (element: string, style: string) =>
    style === 'nested' ? documentIn(element) : textIn(element);
  const request = typed
    ? schema
      ? schema.request.map(fieldOf).join('')
      : anything
    : parameters.map((p) => content(p, p === message ? messageStyle : 'string')).join('');
  const outcome = typed ? `${textIn('outcome')}${textIn('reason')}` : '';
  const answer = schema?.response?.map(fieldOf).join('') ?? `${outcome}${content(result, resultStyle)}`;
  return `${element(name, request)}\n${element(response, answer)}`;
}

const anything = '<xsd:any minOccurs="0" maxOccurs="unbounded" namespace="##any" processContents="lax"/>';

const element = (name: string, content: string): string =>
  `      <xsd:element name="${name}"><xsd:complexType><xsd:sequence>${content}</xsd:sequence></xsd:complexType></xsd:element>`;

const textIn = (name: string): string => `<xsd:element name="${name}" type="xsd:string" minOccurs="0"/>`;

/** A document of any kind inside. */
const documentIn = (name: string): string =>
  `<xsd:element name="${name}" minOccurs="0"><xsd:complexType mixed="true"><xsd:sequence><xsd:any minOccurs="0" namespace="##any" processContents="lax"/></xsd:sequence></xsd:complexType></xsd:element>`;

function fieldOf(field: Field): string {
  const { name, type = 'string', optional, many, description, fields, values, maxLength } = field;
  const occurs = `${optional ? ' minOccurs="0"' : ''}${many ? ' maxOccurs="unbounded"' : ''}`;
  const note =
    description === undefined
      ? ''
      : `<xsd:annotation><xsd:documentation>${escapeText(description)}</xsd:documentation></xsd:annotation>`;
  if (fields !== undefined || type === 'any') {
    const inner = fields === undefined ? anything : fields.map(fieldOf).join('');
    return `<xsd:element name="${name}"${occurs}>${note}<xsd:complexType><xsd:sequence>${inner}</xsd:sequence></xsd:complexType></xsd:element>`;
  }
  const facets = [
    ...(values ?? []).map((value) => `<xsd:enumeration value="${escapeAttribute(value)}"/>`),
    ...(maxLength === undefined ? [] : [`<xsd:maxLength value="${maxLength}"/>`]),
  ].join('');
  if (facets === '')
    return `<xsd:element name="${name}" type="xsd:${type}"${occurs}${note === '' ? '/>' : `>${note}</xsd:element>`}`;
  return `<xsd:element name="${name}"${occurs}>${note}<xsd:simpleType><xsd:restriction base="xsd:${type}">${facets}</xsd:restriction></xsd:simpleType></xsd:element>`;
}
