/** Texts of `npm run new`: small, complete things that pass the checks, to be changed into what is wanted. */
type Files = Record<string, string>;

const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const capital = (name: string) => camel(name).replace(/^\w/, (c) => c.toUpperCase());

/** A listener over TCP that takes what one connection sends as one message; the end of the bytes ends it. */
export function adapterFiles(name: string): Files {
  const at = `adapters/${name}`;
  return {
    [`${at}/descriptor.ts`]: `import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';

const listenSettings = Type.Object(
  { port: Type.Integer({ minimum: 0, maximum: 65535, description: '监听端口 · Port to listen on' }) },
  { additionalProperties: false },
);
export type ListenSettings = Static<typeof listenSettings>;

export const descriptor: AdapterDescriptor = {
  id: '${name}',
  title: t('${name} 接入', '${name}, inbound'),
  listen: listenSettings,
};
`,
    [`${at}/link-in.ts`]: `import { createServer, type Socket } from 'node:net';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ListenSettings } from './descriptor.ts';

/** Listens for connections that carry one message each. Rejects with \`hub.address.refused\` where the port cannot be had. */
export async function listen(context: ListenContext): Promise<Listener> {
  const { port } = context.settings as ListenSettings;
  const sockets = new Set<Socket>();
  let serial = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const id = \`\${context.endpoint}#\${++serial}\`;
    const chunks: Buffer[] = [];
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => context.log.debug('connection lost', { id, reason: error.message }));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => void answer(context, socket, id, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Fault('hub.address.refused', { address: String(port), reason: error.message }, error)),
    );
    server.listen(port, resolve);
  });
  const bound = (server.address() as { port: number }).port;
  return {
    address: \`0.0.0.0:\${bound}\`,
    port: bound,
    connections: () => [],
    capture: () => [],
    stop: async (drainMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const late = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, drainMs);
      await closed;
      clearTimeout(late);
    },
  };
}

/** The bytes are durable before the answer leaves; where they are not, the connection closes without one. */
async function answer(
  context: ListenContext,
  socket: Socket,
  connection: string,
  bytes: Buffer,
): Promise<void> {
  const peer = \`\${socket.remoteAddress}:\${socket.remotePort}\`;
  try {
    const { bytes: reply, written } = await context.accept({
      bytes,
      connection,
      peer,
      receivedAt: context.now(),
      oddities: [],
    });
    socket.end(reply ?? Buffer.alloc(0), () => written?.('sent'));
  } catch {
    socket.destroy();
  }
}
`,
    [`${at}/link-in.test.ts`]: `import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import type { ListenContext } from '../../contracts/adapter/port.ts';
import { listen } from './link-in.ts';

const quiet = () => undefined;

test('what one connection sends is taken as one message and answered', async () => {
  const taken: string[] = [];
  const context: ListenContext = {
    endpoint: 'peer',
    settings: { port: 0 },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: () => 0,
    incident: quiet,
    web: { url: '', mount: () => quiet },
    mark: async () => undefined,
    query: async () => undefined,
    accept: async ({ bytes }) => {
      taken.push(Buffer.from(bytes).toString());
      return { bytes: Buffer.from('kept'), outcome: 'kept', results: [] };
    },
  };
  const listener = await listen(context);
  const socket = connect(listener.port, '127.0.0.1');
  const answer: Buffer[] = [];
  socket.on('data', (chunk) => answer.push(chunk));
  socket.end('one message');
  await once(socket, 'close');
  await listener.stop(0);
  expect([taken, Buffer.concat(answer).toString()]).toEqual([['one message'], 'kept']);
});
`,
    [`${at}/fuzz.test.ts`]: `import { afterAll, expect, test } from '@jest/globals';
import { besiege } from '../../test/conformance/adapter/hostile.ts';
import { Stand, talk } from '../../test/conformance/adapter/stand.ts';
import { seeded } from '../../test/peers/his/random.ts';
import { adapter } from './index.ts';

/** What the siege did is found again by the seed. */
const seed = 1;
const cases = 2400;

let stand: Stand;
afterAll(() => stand?.close());

test(\`\${cases} hostile peers: a good one is answered after them\`, async () => {
  stand = new Stand(adapter, { port: 0 }, { bytes: Buffer.from('kept') });
  const { port } = await stand.start();
  await besiege(port, cases, [Buffer.from('one message')], seeded(seed));
  expect(await talk(port, Buffer.from('one message'), (got) => got.includes('kept'), true)).toBe(true);
}, 120_000);
`,
    [`${at}/index.ts`]: `import type { Adapter } from '../../contracts/adapter/port.ts';
import { descriptor } from './descriptor.ts';
import { listen } from './link-in.ts';

export const adapter: Adapter = { descriptor, listen };
`,
    [`${at}/README.md`]: `# ${name}

Takes what one TCP connection sends as one message; the end of the bytes ends it. The answer leaves on the same connection
once the message is durable.

Its peer in \`test/conformance/adapter/listeners.ts\` holds it to what every listener promises.
`,
    [`${at}/samples/one-message.txt`]: 'one message\n',
  };
}

/** A record with its list and get, served by a word of its own. */
export function wordFiles(name: string): Files {
  const c = camel(name);
  return {
    [`contracts/${name}/${name}.record.ts`]: `import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

export const ${c}Record = defineRecord({
  name: '${c}',
  plural: '${name}s',
  title: t('${name}', '${capital(name)}'),
  fields: {
    code: field.string(40, { title: t('代码', 'Code'), search: true, filter: true }),
    name: field.string(100, { title: t('名称', 'Name'), search: true }),
  },
  indexes: [{ fields: ['orgId', 'code'], unique: true }],
});
`,
    [`contracts/${name}/${name}.actions.ts`]: `import { readActions } from '../kernel/action.ts';
import { ${c}Record } from './${name}.record.ts';

export const ${c}Actions = readActions(${c}Record);
`,
    [`nodes/${name}/${name}.service.ts`]: `import { ${c}Actions } from '../../contracts/${name}/${name}.actions.ts';
import { ${c}Record } from '../../contracts/${name}/${name}.record.ts';
import { defineService, readHandlers } from '../kit/service.ts';

/** Started by the line \`${c}: ${c}Service\` in nodes/platform.ts. */
export const ${c}Service = defineService('${c}', () => ({
  handlers: readHandlers(${c}Record, ${c}Actions),
}));
`,
    [`nodes/${name}/${name}.test.ts`]: `import { expect, test } from '@jest/globals';
import { ${c}Actions } from '../../contracts/${name}/${name}.actions.ts';
import { kitForTests } from '../kit/testing/kit-for-tests.ts';
import { ${c}Service } from './${name}.service.ts';

test('the list of an organisation without entries is empty', async () => {
  const mesh = await kitForTests([${c}Service]);
  expect((await mesh.call(${c}Actions.list, {})).total).toBe(0);
  await mesh.close();
});
`,
  };
}

/** An element without knowledge of the platform: behaviour and styles. */
export function elementFiles(name: string): Files {
  const at = `portal/components/${name}`;
  return {
    [`${at}/${name}.element.ts`]: `import { html } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import { styles } from './${name}.styles.ts';

/**
 * A framed piece of content with a heading.
 * @attr heading - shown above the content, and its name for screen readers
 * @slot - the content
 */
export class Cm${capital(name)} extends CmElement {
  declare heading: string;
  static override properties = { heading: {} };
  static override styles = [base, styles];

  constructor() {
    super();
    this.heading = '';
  }

  override render() {
    return html\`<section aria-label=\${this.heading}>
      <h3>\${this.heading}</h3>
      <slot></slot>
    </section>\`;
  }
}

define('cm-${name}', Cm${capital(name)});
`,
    [`${at}/${name}.styles.ts`]: `import { css } from 'lit';

export const styles = css\`
  section {
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius);
    background: var(--cm-surface);
    color: var(--cm-text);
  }
  h3 {
    margin: 0;
    font-size: var(--cm-size-s);
  }
\`;
`,
  };
}
