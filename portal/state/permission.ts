/** Whether a right is among those of the session: `order.plan`, given as itself, as `order.*` or as `*`. */
export function may(permissions: readonly string[] | undefined, right: string): boolean {
  if (permissions === undefined) return false;
  if (right === 'public' || right === 'session') return true;
  if (right === 'mesh') return false;
  return permissions.some(
    (p) => p === right || p === '*' || (p.endsWith('.*') && right.startsWith(p.slice(0, -1))),
  );
}
