/** One remembered choice on this device; silently forgetful where storage is refused. */
export function remembered(name: string) {
  return {
    read(): string | null {
      try {
        return globalThis.localStorage?.getItem(name) ?? null;
      } catch {
        return null;
      }
    },
    write(value: string): void {
      try {
        globalThis.localStorage?.setItem(name, value);
      } catch {
        // Private windows and sandboxed frames refuse storage.
      }
    },
  };
}
