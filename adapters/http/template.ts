export type Filled = { readonly text: string } | { readonly missing: string };

/** Puts values for `{name}` into a text; `code` writes them for their place. */
export function fill(
  template: string,
  values: Readonly<Record<string, string>>,
  code: (value: string) => string,
): Filled {
  let missing: string | undefined;
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === '') missing ??= name;
    return code(value ?? '');
  });
  return missing === undefined ? { text } : { missing };
}

/** Header values are visible ASCII (RFC 9110, section 5.5); anything else is written percent-encoded. */
export const headerValue = (value: string): string => value.replace(/[^\x20-\x7e]+/g, encodeURIComponent);
