import { instanceNamespace } from './element.ts';

export interface XmlLimits {
  readonly depth: number;
  readonly elements: number;
  /** Of one element. */
  readonly attributes: number;
  /** In force at one place. */
  readonly namespaces: number;
  /** Of a name, in characters. */
  readonly name: number;
}
export const usual: XmlLimits = { depth: 128, elements: 200_000, attributes: 200, namespaces: 50, name: 200 };

export interface Name {
  readonly prefix: string;
  readonly local: string;
}
/** Namespaces in force, by their prefixes. */
export type Scope = ReadonlyMap<string, string>;

/** An attribute as it stands: tag, name, value. */
export type Given = readonly [string, Name, string];

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
export const noScope: Scope = new Map([['xml', xmlNamespace]]);

const part = '[\\p{L}_][\\p{L}\\p{M}\\p{N}._\\u00b7-]*';
const aName = new RegExp(`^(?:(${part}):)?(${part})$`, 'u');

/** Names of a document and what their prefixes mean (Namespaces in XML 1.0). */
export class Names {
  readonly warnings = new Set<string>();
  private readonly known = new Map<string, Name>();
  private readonly limits: XmlLimits;

  constructor(limits: XmlLimits) {
    this.limits = limits;
  }

  of(tag: string): Name | undefined {
    const known = this.known.get(tag);
    if (known) return known;
    const found = tag.length <= this.limits.name ? aName.exec(tag) : null;
    if (!found) return undefined;
    const name = { prefix: found[1] ?? '', local: found[2]! };
    this.known.set(tag, name);
    return name;
  }

  /** What is in force inside an element with these attributes, or why not. */
  scope(outer: Scope, given: readonly Given[]): Scope | string {
    let scope: Map<string, string> | undefined;
    for (const [tag, { prefix, local }, value] of given) {
      if (tag !== 'xmlns' && prefix !== 'xmlns') continue;
      if (prefix === 'xmlns' && (value === '' || local === 'xmlns')) return 'namespace-malformed';
      scope ??= new Map(outer);
      scope.set(tag === 'xmlns' ? '' : local, value);
      if (scope.size > this.limits.namespaces) return 'too-many-namespaces';
    }
    return scope ?? outer;
  }

  /** A prefix that nobody declared is a warning, and a namespace of its own. */
  resolve(prefix: string, scope: Scope): string {
    const found = scope.get(prefix);
    if (found !== undefined || prefix === '') return found ?? '';
    if (this.warnings.size < 10) this.warnings.add(`prefix-undeclared ${prefix.slice(0, 20)}`);
    return prefix === 'xsi' ? instanceNamespace : `urn:undeclared:${prefix}`;
  }
}
