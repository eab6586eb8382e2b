/** Topics and filters (MQTT 5, section 4.7): levels parted by `/`, `+` for one, `#` for the rest. */

const mostBytes = 1024;
const mostLevels = 32;
// A topic is text of people: no control characters, and no replacement character, which stands for wrong UTF-8 here.
const badText = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\ufffd]/u;

const textProblem = (text: string): string | undefined => {
  if (text === '') return 'is empty';
  if (Buffer.byteLength(text) > mostBytes) return `is longer than ${mostBytes} bytes`;
  if (badText.test(text)) return 'has characters that are not allowed';
  return text.split('/').length > mostLevels ? `has more than ${mostLevels} levels` : undefined;
};

/** Why it is not a topic to publish to; undefined where it is. */
export function topicProblem(topic: string): string | undefined {
  const problem = textProblem(topic);
  if (problem !== undefined) return problem;
  if (/[+#]/.test(topic)) return 'has wildcards';
  return topic.startsWith('$') ? 'begins with $' : undefined;
}

/** Why it is not a filter; undefined where it is. */
export function filterProblem(filter: string): string | undefined {
  const problem = textProblem(filter);
  if (problem !== undefined) return problem;
  const levels = filter.split('/');
  const bad = levels.some(
    (level, i) =>
      (level.includes('+') && level !== '+') ||
      (level.includes('#') && (level !== '#' || i < levels.length - 1)),
  );
  return bad ? 'has a wildcard that is not a whole level, or # before the end' : undefined;
}

/** Whether a topic is in a filter; a wildcard at the first level leaves out what begins with `$`. */
export function matches(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]?.startsWith('$') && (filter[0] === '#' || filter[0] === '+')) return false;
  for (let i = 0; i < filter.length; i++) {
    if (filter[i] === '#') return true;
    if (i >= topic.length || (filter[i] !== '+' && filter[i] !== topic[i])) return false;
  }
  return filter.length === topic.length;
}

/** Whether every topic of the one filter is in the other. */
function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  for (let i = 0; i < wide.length; i++) {
    if (wide[i] === '#') return true;
    const level = narrow[i];
    if (level === undefined || level === '#' || (wide[i] !== '+' && wide[i] !== level)) return false;
  }
  return wide.length === narrow.length;
}

/** What one client may do. */
export class Rights {
  private readonly publish: readonly string[][];
  private readonly subscribe: readonly string[][];

  /** In the filters `%u` is the device, `%c` the client id; one that would change the levels gives no right. */
  constructor(
    { publish = ['lab/%u/#'], subscribe = ['lab/%u/#'] }: { publish?: string[]; subscribe?: string[] },
    device: string,
    clientId: string,
  ) {
    const filled = (filters: string[]): string[][] =>
      filters
        .filter((f) => !(f.includes('%c') && /[/+#]/.test(clientId)) && !(f.includes('%u') && device === ''))
        .map((f) => f.split('/').map((l) => l.replaceAll('%u', device).replaceAll('%c', clientId)));
    this.publish = filled(publish);
    this.subscribe = filled(subscribe);
  }

  mayPublish(topic: readonly string[]): boolean {
    return this.publish.some((filter) => matches(filter, topic));
  }

  maySubscribe(filter: string): boolean {
    const levels = filter.split('/');
    if (levels[0]?.startsWith('$')) return false;
    return this.subscribe.some((wide) => covers(wide, levels));
  }
}

const reserved = new Set(['topic', 'client', 'user', 'kind', 'packet', 'at']);
const capture = /^\{([a-zA-Z][a-zA-Z0-9]{0,19})\}$/;

/** Why it is not a template of topics; undefined where it is. */
export function templateProblem(text: string): string | undefined {
  const names = text.split('/').flatMap((level) => capture.exec(level)?.[1] ?? []);
  if (new Set(names).size < names.length) return 'has a name twice';
  if (names.some((name) => reserved.has(name))) return 'has a name that is taken';
  const filter = filterOf(text);
  return /[{}]/.test(filter) ? 'has braces that are not a whole level' : filterProblem(filter);
}

/** `lab/{device}/telemetry` as the filter `lab/+/telemetry`. */
export const filterOf = (template: string): string =>
  template
    .split('/')
    .map((level) => (capture.test(level) ? '+' : level))
    .join('/');

/** Tells which topics are messages for us, and what their levels say. */
export type Reader = (topic: readonly string[]) => Readonly<Record<string, string>> | undefined;

export function compileIntake(intake: readonly { topic: string; kind?: string }[]): Reader {
  const entries = intake.map(({ topic, kind }) => ({
    filter: filterOf(topic).split('/'),
    names: topic.split('/').map((level) => capture.exec(level)?.[1]),
    kind,
  }));
  return (topic) => {
    const found = entries.find(({ filter }) => matches(filter, topic));
    if (!found) return undefined;
    const said: Record<string, string> = found.kind === undefined ? {} : { kind: found.kind };
    for (const [i, name] of found.names.entries()) if (name !== undefined) said[name] = topic[i]!;
    return said;
  };
}

/** Every topic. */
export const everything = [{ topic: '#' }];
