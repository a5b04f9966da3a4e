import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogFields, Logger } from '@millrace/base/logger'

/** How log lines look: JSON for machines, text for people. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'json' | 'text'
}

/** The platform's log, on stderr; stdout is for what a command answers. */
export function makeLogger({ level, format }: LogOptions): Logger {
  const stream =
    format === 'text'
      ? pretty({
          destination: 2,
          sync: true,
          colorize: process.stderr.isTTY,
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss',
          singleLine: true,
        })
      : pino.destination({ dest: 2, sync: false })
  return wrap(pino({ level, base: null }, stream))
}

function wrap(log: pino.Logger): Logger {
  return {
    debug: (fields: LogFields, message: string) => log.debug(fields, message),
    info: (fields: LogFields, message: string) => log.info(fields, message),
    warn: (fields: LogFields, message: string) => log.warn(fields, message),
    error: (fields: LogFields, message: string) => log.error(fields, message),
    child: (name: string) => wrap(log.child({ name })),
  }
}
