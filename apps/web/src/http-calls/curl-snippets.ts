import type { Args } from '../data/jobs.ts'
import { resultUrl, runUrl, type Callable } from '../links.ts'

export interface Snippet {
  readonly title: string
  readonly text: string
}

/** Calls of a script or a flow for a shell: with the result in the reply, and with the job's id to ask later. */
export function curlSnippets(origin: string, what: Callable, args: Args): readonly Snippet[] {
  return [
    { title: 'Run and wait for the result', text: post(runUrl(origin, what, true), args) },
    {
      title: 'Start a run, read its result later',
      text: `JOB=$(${post(runUrl(origin, what, false), args)})\n\n${get(`${resultUrl(origin, what.workspace, '')}$JOB`)}`,
    },
  ]
}

function post(url: string, args: Args): string {
  return [
    `curl -sS -X POST ${quote(url)}`,
    '-H "Authorization: Bearer $TOKEN"',
    "-H 'Content-Type: application/json'",
    `-d ${quote(JSON.stringify(args))}`,
  ].join(' \\\n  ')
}

function get(url: string): string {
  return [`curl -sS "${url}"`, '-H "Authorization: Bearer $TOKEN"'].join(' \\\n  ')
}

/** One word of a shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
