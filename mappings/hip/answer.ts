import { attributeOf, descendants, type XmlElement } from '../xml/element.ts';
import { readXml } from '../xml/reader.ts';
import { escapedAttribute } from '../xml/references.ts';
import { serialized } from '../xml/serialize.ts';
import { openTag, type Reply, replyHead } from './wrapper.ts';

type Head = Omit<Reply, 'message' | 'code'>;

/**
 * The answer to a query: what the channel's mapping wrote (a root element with `controlActProcess` and a `subject` for each thing
 * found), with the wrapper of a reply, the acknowledgement and `queryAck` put around it. Undefined where it is no such document.
 */
export function answerText(text: string, query: XmlElement, head: Head): string | undefined {
  const read = readXml(text);
  if (!('root' in read)) return undefined;
  const { root } = read;
  const given = root.children.find(({ name }) => name === 'controlActProcess');
  const found = given?.children.filter(({ name }) => name === 'subject').length ?? 0;
  const wrapper = rootWith(root.name, replyHead({ ...head, message: root.name, code: 'AA' }));
  const act = given ?? rootWith(root.name, emptyAct)?.children[0];
  const ack = rootWith(root.name, queryAck(query, found));
  if (!wrapper || !act || !ack) return undefined;
  return serialized({
    ...root,
    attributes: wrapper.attributes,
    children: [...wrapper.children, { ...act, children: [...act.children, ...ack.children] }],
  });
}

const emptyAct = '<controlActProcess classCode="CACT" moodCode="EVN"/>';

/** Elements as they stand in a message of that name. */
function rootWith(message: string, inside: string): XmlElement | undefined {
  const read = readXml(`${openTag(message)}${inside}</${message}>`);
  return 'root' in read ? read.root : undefined;
}

function queryAck(query: XmlElement, found: number): string {
  const code = `<queryResponseCode code="${found > 0 ? 'OK' : 'NF'}"/>`;
  const quantities = ['Total', 'Current'].map((q) => `<result${q}Quantity value="${found}"/>`).join('');
  return `<queryAck>${queryId(query)}${code}${quantities}<resultRemainingQuantity value="0"/></queryAck>`;
}

function queryId(query: XmlElement): string {
  for (const element of descendants(query)) {
    if (element.name !== 'queryId') continue;
    const [root, extension] = ['root', 'extension'].map((name) => attributeOf(element, name)?.value);
    const own = root === undefined ? '' : ` root="${escapedAttribute(root)}"`;
    return `<queryId${own} extension="${escapedAttribute(extension ?? '')}"/>`;
  }
  return '';
}
