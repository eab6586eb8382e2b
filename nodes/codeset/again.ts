import { isFault } from '../../contracts/kernel/fault.ts';

/** Runs a transaction again where another node wrote the same rows first; then it finds them and changes them. */
export async function again<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const lost =
        isFault(error) && (error.code === 'kernel.record.duplicate' || error.code === 'kernel.record.stale');
      if (!lost || attempt === 4) throw error;
    }
  }
}
