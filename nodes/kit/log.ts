import { type Logger, pino } from 'pino';
import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { LogLevel } from './config.ts';
import { safeFields } from './log-fields.ts';

/**
 * The log of a process: one line of JSON per event. A message is a constant sentence of ours; what varies goes into
 * `data`, of which only keys known to be safe are written (`log-fields.ts`), so no patient data can reach a log.
 */
export interface Log extends AdapterLog {
  /** A log whose lines carry the room they come from, e.g. `hub`, and further safe fields. */
  child(room: string, data?: object): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly nodeId: string;
  /** Where lines go; default stdout. */
  readonly destination?: { write(line: string): void };
  /** Short lines for people instead of JSON; default where stdout is a terminal. */
  readonly human?: boolean;
}

export function createLog(options: LogOptions): Log {
  const out = options.destination ?? process.stdout;
  const human = options.human ?? (options.destination === undefined && process.stdout.isTTY === true);
  const settings = {
    level: options.level,
    base: { node: options.nodeId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  };
  if (human) return wrap(pino(settings, { write: (line) => void out.write(shortLine(line)) }));
  return wrap(options.destination ? pino(settings, options.destination) : pino(settings));
}

/** A log that writes nothing, for tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

function wrap(logger: Logger): Log {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, data?: object) => {
    if (logger.isLevelEnabled(level)) logger[level](safeFields(data), message);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (room, data) => wrap(logger.child({ room, ...safeFields(data) })),
  };
}

function shortLine(line: string): string {
  const {
    level,
    time,
    node: _node,
    room,
    message,
    stack,
    ...rest
  } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const trace = Array.isArray(stack) ? stack.map((frame) => `\n    ${frame}`).join('') : '';
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${room === undefined ? '' : `${room}: `}${message}${facts.join('')}${trace}\n`;
}
