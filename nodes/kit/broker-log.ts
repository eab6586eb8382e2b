import { Loggers } from 'moleculer';
import type { Log } from './log.ts';

type Handler = (level: string, args: unknown[]) => void;

/** Hands what moleculer logs at `warn` and above to our log, under its module's name. */
export class BrokerLog extends Loggers.Base<{ level: 'warn' }> {
  private readonly log: Log;

  constructor(log: Log) {
    super({ level: 'warn' });
    this.log = log;
  }

  override getLogHandler(bindings: { mod?: string } | undefined): Handler {
    const log = this.log.child(`mesh.${(bindings?.mod ?? 'broker').toLowerCase()}`);
    return (level, args) => {
      if (level !== 'warn' && level !== 'error' && level !== 'fatal') return;
      const texts = args.filter((arg) => typeof arg === 'string');
      const errors = args.filter((arg) => arg instanceof Error);
      const objects = args.filter(
        (arg) => typeof arg === 'object' && arg !== null && !(arg instanceof Error),
      );
      const message = texts.join(' ').slice(0, 300) || 'error in the mesh';
      const data = Object.assign({}, ...objects, ...errors.map((e) => ({ error: e })));
      log[level === 'warn' ? 'warn' : 'error'](message, data);
    };
  }
}
