import type { Field, OperationSettings } from './contract-settings.ts';
import type { ListenSettings, SendSettings } from './descriptor.ts';
import type { XmlLimits } from './xml-reader.ts';

export type Style = 'string' | 'cdata' | 'nested';
export type Version = '1.1' | '1.2';

export interface Operation {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly action: { readonly parameter: string } | { readonly fixed: string };
  readonly message: string;
  readonly response: string;
  readonly result: string;
  readonly messageStyle: Style;
  readonly resultStyle: Style;
  readonly soapAction: string;
  /** The request element itself is the message. */
  readonly typed: boolean;
  readonly schema?: { readonly request: readonly Field[]; readonly response?: readonly Field[] };
}

/** A service as settings describe it, with all defaults. */
export interface Contract {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly operations: readonly Operation[];
}

export function contractOf(settings: ListenSettings | SendSettings): Contract {
  const { namespace = 'urn:hl7-org:v3', service = 'HIPService' } = settings;
  const operations = settings.operations ?? [{ name: 'HIPMessageServer' }];
  return {
    namespace,
    service,
    port: settings.port ?? `${service}Soap`,
    operations: operations.map((operation) => operationOf(operation, settings, namespace)),
  };
}

export function operationOf(
  given: OperationSettings,
  defaults: Pick<ListenSettings, 'messageStyle' | 'resultStyle' | 'soapAction'>,
  namespace: string,
): Operation {
  const { name, parameters = ['action', 'message'] } = given;
  const typed = given.typed ?? given.schema !== undefined;
  return {
    name,
    parameters: typed ? [] : parameters,
    action:
      given.action ?? (!typed && parameters.includes('action') ? { parameter: 'action' } : { fixed: name }),
    message: given.message ?? (parameters.includes('message') ? 'message' : parameters.at(-1)!),
    response: given.response ?? `${name}Response`,
    result: given.result ?? `${name}Result`,
    messageStyle: given.messageStyle ?? defaults.messageStyle ?? 'string',
    resultStyle: given.resultStyle ?? defaults.resultStyle ?? 'string',
    soapAction:
      given.soapAction ??
      (defaults.soapAction ?? `${namespace.replace(/\/$/, '')}/{operation}`).replaceAll('{operation}', name),
    typed,
    ...(given.schema !== undefined && { schema: given.schema }),
  };
}

export const limitsOf = (settings: ListenSettings | SendSettings): XmlLimits => ({
  depth: settings.maxDepth ?? 256,
  elements: settings.maxElements ?? 1000000,
  attributes: settings.maxAttributes ?? 256,
  attributeChars: settings.maxAttributeChars ?? 67108864,
});
