import type { Job } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useLanguage } from '../../data/instance.ts'
import { links } from '../../links.ts'
import { SubjectLink } from '../../subject-link.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { formatDuration, formatSize } from '../../ui/format-quantity.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'

/** Above it the size of a result or a log is worth a line. */
const LARGE_BYTES = 65_536

interface RunFactsProps {
  readonly workspace: string
  readonly job: Job
}

/** Who, when, where and with how much: each fact that is known. */
export function RunFacts({ workspace, job }: RunFactsProps) {
  const language = useLanguage(job.language)
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
      {job.script_path && (
        <Fact name={job.raw_flow ? 'Flow' : 'Script'}>
          {job.script_hash ? (
            <Link
              to={job.raw_flow ? links.flow : links.script}
              params={{ workspace, _splat: job.script_path }}
              className="font-mono break-all text-accent hover:underline"
            >
              {job.script_path}
            </Link>
          ) : (
            <span className="font-mono break-all">{job.script_path}</span>
          )}
        </Fact>
      )}
      <Fact name="Kind">{job.job_kind}</Fact>
      {language && <Fact name="Language">{language.label}</Fact>}
      <Fact name="Started by">
        <Link to={links.runs} params={{ workspace }} search={{ by: job.created_by }} className="hover:underline">
          {job.created_by}
        </Link>
      </Fact>
      <Fact name="Created">
        <TimeAgo at={job.created_at} />
      </Fact>
      {job.started_at && (
        <Fact name="Waited">
          {formatDuration(Math.max(0, Date.parse(job.started_at) - Date.parse(job.created_at)))}
        </Fact>
      )}
      {job.worker && (
        <Fact name="Worker">
          <SubjectLink
            workspace={workspace}
            subject={{ kind: 'worker', worker: job.worker }}
            className="font-mono break-all hover:underline"
          >
            {job.worker}
          </SubjectLink>
        </Fact>
      )}
      <Fact name="Tag">
        <SubjectLink workspace={workspace} subject={{ kind: 'tag', tag: job.tag }} className="hover:underline">
          {job.tag}
        </SubjectLink>
      </Fact>
      {job.priority !== undefined && <Fact name="Priority">{job.priority}</Fact>}
      {job.mem_peak !== undefined && job.mem_peak > 0 && (
        <Fact name="Memory peak">{formatSize(job.mem_peak * 1024)}</Fact>
      )}
      {job.type === 'CompletedJob' && job.cpu_ms !== undefined && (
        <Fact name="CPU time">{formatDuration(job.cpu_ms)}</Fact>
      )}
      {job.type === 'CompletedJob' && job.result_bytes !== undefined && job.result_bytes > LARGE_BYTES && (
        <Fact name="Result">{formatSize(job.result_bytes)}</Fact>
      )}
      {job.type === 'CompletedJob' && job.log_bytes !== undefined && job.log_bytes > LARGE_BYTES && (
        <Fact name="Log">{formatSize(job.log_bytes)}</Fact>
      )}
      {job.script_hash && (
        <Fact name="Version">
          <span className="block truncate font-mono" title={job.script_hash}>
            {job.script_hash}
          </span>
        </Fact>
      )}
      <Fact name="Id">
        <span className="flex items-center gap-1">
          <span className="truncate font-mono">{job.id}</span>
          <CopyButton text={job.id} label="Copy id" />
        </span>
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="leading-7 whitespace-nowrap text-muted">{name}</dt>
      <dd className="min-w-0 leading-7 tabular-nums">{children}</dd>
    </>
  )
}
