import { acknowledgementRoot, answerRoots, type HipService, plainRoot, services } from './services.ts';

/** What a message is: the action as the standard names it. */
export interface Routed {
  readonly type: string;
  readonly service?: HipService;
  /** An acknowledgement or the answer to a query: nothing is owed for it. */
  readonly answer?: boolean;
  readonly warnings: readonly string[];
  /** The root element is not one of the action's. */
  readonly mismatch?: boolean;
}

const byName = new Map<string, HipService>();
for (const service of services) {
  byName.set(service.action.toLowerCase(), service);
  byName.set(service.number.toLowerCase(), service);
  byName.set(`c${service.number.toLowerCase()}`, service);
}

/** `DocumentRegiste`, `OutPatientAppointStatusInfoUpdat`: cut short by a column or two, as in the test plans' own samples. */
function cutShort(name: string): HipService | undefined {
  if (name.length < 10) return undefined;
  const whole = services.filter(
    ({ action }) => action.length - name.length <= 2 && action.toLowerCase().startsWith(name),
  );
  return whole.length === 1 ? whole[0] : undefined;
}

/** Services whose message no other carries. */
const byRoot = new Map<string, HipService | undefined>();
for (const service of services)
  for (const root of service.roots) byRoot.set(root, byRoot.has(root) ? undefined : service);

/** The service of an action in any of its spellings, also with an address in front: `urn:hl7-org:v3/PatientInfoQuery`. */
export function serviceOf(action: string): HipService | undefined {
  const name = action
    .trim()
    .replace(/^.*[/:#]/, '')
    .replace(/\s|Request$/g, '')
    .toLowerCase();
  return byName.get(name) ?? cutShort(name);
}

/**
 * Which service a message is for. The action decides, by the endpoint's own names first; its root element must be one of the
 * service's. For documents the root decides between list and contents, since sources swap the two names. Without an action: the
 * number in `interactionId`, else the root where only one service has it.
 */
export function route(
  sent: string,
  root: string,
  interaction: string,
  own: Readonly<Record<string, string>> = {},
): Routed {
  const plain = plainRoot(root);
  if (plain === acknowledgementRoot) return { type: root, answer: true, warnings: [] };
  const answered = Object.keys(answerRoots).find((action) => plainRoot(answerRoots[action]!) === plain);
  if (answered) return { type: `${answered}Response`, answer: true, warnings: [] };
  const action = Object.hasOwn(own, sent) ? own[sent]! : sent;
  const warnings: string[] = [];
  let service = serviceOf(action);
  if (action !== '' && !service) warnings.push('action-unknown');
  if (!service && action === '') {
    service = serviceOf(interaction) ?? byRoot.get(plain);
    warnings.push(service ? 'action-from-message' : 'action-missing');
  }
  if (!service) return { type: cleaned(action) || cleaned(root), warnings };
  if (action !== '' && action !== service.action) warnings.push(`action-alias ${service.action}`);
  return settled(service, plain, warnings);
}

const documents = new Set(['DocumentRetrieve', 'DocumentAccess']);

function settled(service: HipService, root: string, warnings: readonly string[]): Routed {
  if (service.roots.includes(root)) return { type: service.action, service, warnings };
  const other = documents.has(service.action) ? byRoot.get(root) : undefined;
  if (other && documents.has(other.action))
    return { type: other.action, service: other, warnings: [...warnings, 'action-swapped'] };
  return { type: service.action, service, warnings, mismatch: true };
}

/** A name of the partner's own, as channels may accept it. */
const cleaned = (text: string): string =>
  text
    .trim()
    .replace(/^.*[/:#]/, '')
    .replace(/[^A-Za-z0-9_.-]/g, '')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 40);
