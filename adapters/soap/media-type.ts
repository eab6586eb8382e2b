/** A Content-Type header (RFC 9110 section 8.3): type in lower case, parameters by lower-case name. */
export interface MediaType {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
}

export function mediaTypeOf(header: string | undefined): MediaType {
  const [, type = '', rest = ''] = /^\s*([^\s;]*)\s*(;.*)?$/s.exec(header ?? '') ?? [];
  const params: Record<string, string> = Object.create(null);
  for (const [, name, quoted, plain] of rest.matchAll(
    /;\s*([\w!#$&+.^-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g,
  ))
    params[name!.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
  return { type: type.toLowerCase(), params };
}
