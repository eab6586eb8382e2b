/** Which room a file is in: `contracts`, `mappings`, `adapters/mllp`, `nodes/kit`, `nodes` (main, platform), `portal`, `test`. */
export function roomOf(path: string): string {
  const [room = '', inner = '', rest] = path.split('/');
  if ((room === 'adapters' || room === 'nodes') && rest !== undefined) return `${room}/${inner}`;
  return path.includes('/') ? room : '';
}

interface Rule {
  /** Rooms of ours beside its own. */
  readonly rooms: RegExp;
  readonly packages: RegExp;
}

const nothing = /^$/;
const schemaLibrary = /^typebox(\/|$)/;

const rules: readonly (readonly [RegExp, Rule])[] = [
  [/^contracts$/, { rooms: nothing, packages: schemaLibrary }],
  [
    /^mappings$/,
    {
      rooms: /^contracts$/,
      packages: /^(typebox(\/.*)?|iconv-lite|yaml|jsonata|fast-xml-parser|node:(buffer|zlib)|buffer)$/,
    },
  ],
  [/^adapters\//, { rooms: /^contracts$/, packages: /^(?!moleculer|lit)/ }],
  [/^nodes\/kit$/, { rooms: /^contracts$/, packages: /^(?!lit|express)/ }],
  [
    /^nodes\/hub$/,
    {
      rooms: /^(contracts|nodes\/kit|mappings|adapters\/.*)$/,
      packages: /^(typebox(\/.*)?|yaml|docx|node:.*)$/,
    },
  ],
  [
    /^nodes\/gateway$/,
    {
      rooms: /^(contracts|nodes\/kit)$/,
      packages: /^(typebox(\/.*)?|express|moleculer-web|swagger-ui-express|prom-client|node:.*)$/,
    },
  ],
  [
    /^nodes\/user$/,
    {
      rooms: /^(contracts|nodes\/kit)$/,
      packages: /^(typebox(\/.*)?|otplib|bwip-js(\/.*)?|node:(crypto|util))$/,
    },
  ],
  [
    /^nodes\/[\w-]+$/,
    { rooms: /^(contracts|nodes\/kit)$/, packages: /^(typebox(\/.*)?|node:(crypto|path|fs|util|zlib))$/ },
  ],
  [/^nodes$/, { rooms: /^(contracts|nodes\/.*)$/, packages: /^node:/ }],
  [/^portal$/, { rooms: nothing, packages: /^(lit|@lit|codemirror|@codemirror)(\/|$)/ }],
  [/^deploy$/, { rooms: /^(contracts|nodes.*)$/, packages: /./ }],
];

/** The rule of a room; rooms without one (test, the root) may import anything. */
export const ruleOf = (room: string): Rule | undefined => rules.find(([pattern]) => pattern.test(room))?.[1];
