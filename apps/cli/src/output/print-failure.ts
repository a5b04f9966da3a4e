import { ApiError } from '@millrace/client'
import { exit, SessionError, UsageError, type ExitCode } from '../exit.ts'
import type { Terminal } from './terminal.ts'

/** Tells why a command failed, a problem in the server's own words, and gives the exit code for it. */
export function printFailure(terminal: Terminal, error: unknown, usage: string): ExitCode {
  const { red, dim } = terminal.style.err
  if (error instanceof UsageError) {
    terminal.err(`${red('millrace:')} ${error.message}\n${dim(usage)}\n`)
    return exit.usage
  }
  if (error instanceof SessionError) {
    terminal.err(`${red('millrace:')} ${error.message}\n`)
    return exit.server
  }
  if (!ApiError.is(error)) throw error
  terminal.err(`${red('millrace:')} ${error.message}\n`)
  for (const line of describeDetail(error.detail)) terminal.err(`  ${line}\n`)
  if (error.code === 'auth.required') terminal.err('Sign in with `millrace login`.\n')
  const facts = [
    error.code,
    error.status > 0 ? `status ${error.status}` : '',
    error.requestId && `request ${error.requestId}`,
  ]
  terminal.err(`${dim(facts.filter(Boolean).join(' · '))}\n`)
  return exit.server
}

function describeDetail(detail: unknown): string[] {
  if (detail === undefined || detail === null) return []
  if (!Array.isArray(detail)) return [JSON.stringify(detail)]
  return detail.map((entry: unknown) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
}
