import type { Rest } from '../../../contracts/kernel/action.ts';
import type { Registry } from '../../../contracts/kernel/collect.ts';
import { decodeSegment } from '../http/query.ts';
import { type Route, routeOf } from './route.ts';

interface Level {
  readonly words: Map<string, Level>;
  param: Level | undefined;
  readonly methods: Map<Rest['method'], Route>;
}

export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** Routes of all actions that have a REST face. Words win over parameters in a place. */
export class RouteTable {
  readonly routes: readonly Route[];
  private readonly root: Level = level();

  constructor(registry: Registry, bodyLimit: number) {
    const routes: Route[] = [];
    for (const action of registry.actions.values()) {
      if (!action.rest) continue;
      const route = routeOf(action, action.rest, bodyLimit);
      this.add(route);
      routes.push(route);
    }
    for (const route of routes) {
      const one = `${route.template}/{id}`;
      if (route.status === 201 && routes.some((r) => r.method === 'GET' && r.template === one))
        route.location = one;
    }
    this.routes = routes;
  }

  /**
   * The route of a path below `/api/v1`; the allowed methods where the path is known and the method is not; undefined for
   * an unknown path. HEAD is answered as GET. Throws `gateway.url.malformed`.
   */
  find(method: string, path: string): Match | { readonly allow: readonly string[] } | undefined {
    const values: string[] = [];
    let at: Level | undefined = this.root;
    for (const segment of path.split('/').slice(1)) {
      const word: Level | undefined = at.words.get(segment);
      if (!word && at.param) values.push(decodeSegment(segment));
      at = word ?? at.param;
      if (!at) return undefined;
    }
    if (at.methods.size === 0) return undefined;
    const route = at.methods.get((method === 'HEAD' ? 'GET' : method) as Rest['method']);
    if (!route) {
      const allow = [...at.methods.keys(), ...(at.methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'];
      return { allow };
    }
    return { route, path: Object.fromEntries(route.pathParams.map((name, i) => [name, values[i]!])) };
  }

  private add(route: Route): void {
    let at = this.root;
    for (const segment of route.template.split('/').slice(1)) {
      if (segment.startsWith('{')) {
        at.param ??= level();
        at = at.param;
      } else {
        let next = at.words.get(segment);
        if (!next) {
          next = level();
          at.words.set(segment, next);
        }
        at = next;
      }
    }
    const before = at.methods.get(route.method);
    if (before)
      throw new Error(
        `${route.action.name} and ${before.action.name} are both ${route.method} ${route.template}`,
      );
    at.methods.set(route.method, route);
  }
}

function level(): Level {
  return { words: new Map(), param: undefined, methods: new Map() };
}
