import { t } from '../../contracts/kernel/text.ts';
import type { Contract, Operation } from './contract.ts';
import type { Envelope } from './envelope.ts';
import { contentOf } from './payload.ts';
import { SoapProblem } from './problem.ts';
import { documentOf, shortText } from './xml-content.ts';
import type { XmlElement } from './xml-reader.ts';

const LONGEST_META = 500;
const taken = new Set(['action', 'sentAction', 'operation', 'soapVersion', 'charset']);

export interface Call {
  readonly operation: Operation;
  readonly message: string;
  readonly action: string;
  /** Parameters beside action and message. */
  readonly others: Readonly<Record<string, string>>;
  readonly oddities: readonly string[];
}

/** Which operation the body calls. */
export function operationOf(envelope: Envelope, contract: Contract, anyNamespace: boolean): Operation {
  const { entry } = envelope;
  if (entry === undefined) throw refused('请求体为空', 'the body is empty');
  const found = contract.operations.find(({ name }) => name === entry.local);
  if (found === undefined || (entry.namespace !== contract.namespace && !anyNamespace))
    throw refused(
      `没有操作 {${short(entry.namespace)}}${short(entry.local)}，命名空间应为 ${contract.namespace}`,
      `no operation {${short(entry.namespace)}}${short(entry.local)}; the namespace is ${contract.namespace}`,
    );
  return found;
}

/** Parameters by their names, in any namespace and order, as stacks of the field write them. */
export function callOf({ source, entry }: Envelope, operation: Operation): Call {
  const element = entry!;
  if (operation.typed) {
    const action = 'fixed' in operation.action ? operation.action.fixed : operation.name;
    return { operation, message: documentOf(source, element), action, others: {}, oddities: [] };
  }
  if (element.hasText) throw refused('参数之间有文本', 'text stands between the parameters');
  const given = new Map<string, XmlElement>();
  for (const child of element.children) {
    if (given.has(child.local))
      throw refused(`参数 ${short(child.local)} 重复`, `the parameter ${short(child.local)} twice`);
    given.set(child.local, child);
  }
  const parameter = given.get(operation.message);
  const message = parameter === undefined ? '' : contentOf(source, parameter);
  if (message === '')
    throw refused(`缺少参数 ${operation.message}`, `the parameter ${operation.message} is missing or empty`);
  const oddities = [...given.keys()]
    .filter((name) => !operation.parameters.includes(name))
    .map((name) => `parameter ${short(name)}`);
  return {
    operation,
    message,
    action: actionOf(source, operation, given),
    others: othersOf(source, operation, given),
    oddities,
  };
}

function actionOf(source: string, { action }: Operation, given: ReadonlyMap<string, XmlElement>): string {
  if ('fixed' in action) return action.fixed;
  const value = shortText(source, given.get(action.parameter));
  if (value === '')
    throw refused(`缺少参数 ${action.parameter}`, `the parameter ${action.parameter} is missing or empty`);
  return limited(action.parameter, value);
}

function othersOf(
  source: string,
  { parameters, message, action }: Operation,
  given: ReadonlyMap<string, XmlElement>,
): Record<string, string> {
  const others: Record<string, string> = {};
  for (const name of parameters) {
    const element = given.get(name);
    if (element === undefined || name === message || ('parameter' in action && action.parameter === name))
      continue;
    const value = limited(name, contentOf(source, element));
    if (value !== '')
      others[taken.has(name) ? `parameter${name[0]!.toUpperCase()}${name.slice(1)}` : name] = value;
  }
  return others;
}

function limited(name: string, value: string): string {
  if (value.length > LONGEST_META)
    throw refused(
      `参数 ${name} 超过 ${LONGEST_META} 个字符`,
      `the parameter ${name} is longer than ${LONGEST_META} characters`,
    );
  return value;
}

const short = (text: string): string => text.slice(0, 100);

const refused = (zh: string, en: string): SoapProblem =>
  new SoapProblem(t(`请求不正确：${zh}`, `The request is not valid: ${en}`), { kind: 'bad-request' });
