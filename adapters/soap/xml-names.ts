import { malformed } from './problem.ts';
import { qualifiedName, unescapeText } from './xml-text.ts';

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** Names of a document while it is read: which prefix stands for what (Namespaces in XML 1.0). */
export class XmlNames {
  private readonly names = new Map<string, readonly [prefix: string, local: string]>();
  /** What each prefix stands for, innermost last. */
  private readonly scope = new Map<string, string[]>([['xml', [XML]]]);

  /** Takes the namespace declarations of a tag into scope. */
  declare(
    found: readonly (readonly [string, string])[],
    at: number,
  ): ReadonlyMap<string, string> | undefined {
    let declared: Map<string, string> | undefined;
    for (const [name, raw] of found) {
      const prefix = name === 'xmlns' ? '' : name.startsWith('xmlns:') ? name.slice(6) : undefined;
      if (prefix === undefined) continue;
      const uri = unescapeText(raw);
      this.split(name, at);
      if (prefix === 'xmlns' || uri === XMLNS || (prefix === 'xml') !== (uri === XML))
        throw malformed(`the prefix "${prefix}" cannot be declared so`, at);
      if (prefix !== '' && uri === '') throw malformed(`the prefix "${prefix}" cannot be taken back`, at);
      declared ??= new Map();
      if (declared.has(prefix)) throw malformed(`"${name}" twice`, at);
      declared.set(prefix, uri);
      const uris = this.scope.get(prefix);
      if (uris === undefined) this.scope.set(prefix, [uri]);
      else uris.push(uri);
    }
    return declared;
  }

  /** Names with their namespaces, without declarations; the same one twice is refused. */
  attributes(
    found: readonly (readonly [string, string])[],
    at: number,
  ): [namespace: string, local: string, value: string][] {
    const result: [string, string, string][] = [];
    const seen = found.length > 1 ? new Set<string>() : undefined;
    for (const [name, value] of found) {
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
      const [prefix, local] = this.split(name, at);
      const namespace = prefix === '' ? '' : this.resolve(prefix, at);
      if (seen !== undefined && seen.size === seen.add(`${namespace} ${local}`).size)
        throw malformed(`the attribute "${name}" twice`, at);
      result.push([namespace, local, value]);
    }
    return result;
  }

  /** The namespace of a prefix; empty where there is no default one. */
  resolve(prefix: string, at: number): string {
    const uri = this.scope.get(prefix)?.at(-1);
    if (uri === undefined && prefix !== '') throw malformed(`the prefix "${prefix}" is not declared`, at);
    return uri ?? '';
  }

  split(name: string, at: number): readonly [prefix: string, local: string] {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const match = name.length > 1000 ? null : qualifiedName.exec(name);
    if (match === null) throw malformed('not a name', at);
    const parts = [match[1] ?? '', match[2]!] as const;
    this.names.set(name, parts);
    return parts;
  }

  /** Ends the scope of an element's declarations. */
  leave(declared: ReadonlyMap<string, string> | undefined): void {
    if (declared !== undefined) for (const prefix of declared.keys()) this.scope.get(prefix)!.pop();
  }
}
