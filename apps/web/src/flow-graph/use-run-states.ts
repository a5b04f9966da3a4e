import { followJob } from '@millrace/client'
import type { Job } from '@millrace/contracts'
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { client } from '../data/client.ts'
import { flowJobsQuery, frameQuery, keepFlowStatus } from '../data/flow-runs.ts'
import { jobQuery } from '../data/jobs.ts'
import type { FlowTree } from './core/flow-tree.ts'
import { readRunStates } from './core/run-states.ts'

/** The states of all steps that are drawn, live: of the run by its stream, of iterations and branches by asking for their jobs. */
export function useRunStates(workspace: string, root: Job, tree: FlowTree) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, number>>(() => new Map())
  const [wanted, setWanted] = useState<readonly string[]>([])
  const isLive = root.type === 'QueuedJob'
  useFollowedStatus(workspace, root.id, isLive)
  const { data: jobs } = useQuery(flowJobsQuery(workspace, root.id, isLive))
  const frames = useQueries({
    queries: wanted.map((id) => frameQuery(workspace, id)),
    combine: (results) => new Map(results.flatMap(({ data }) => (data ? [[data.id, data] as const] : []))),
  })
  const facts = useMemo(() => new Map(jobs?.entries.map((job) => [job.job_id, job])), [jobs])
  const { states, frames: needed } = useMemo(
    () => readRunStates(tree, { root, frames, facts, chosen }),
    [tree, root, frames, facts, chosen],
  )
  if (needed.join(' ') !== wanted.join(' ')) setWanted(needed)

  return {
    states,
    jobs,
    chooseRound: (key: string, round: number) => setChosen((before) => new Map(before).set(key, round)),
  }
}

/** Hears of every change of the run, and of its end. */
function useFollowedStatus(workspace: string, id: string, isLive: boolean): void {
  const queries = useQueryClient()
  useEffect(() => {
    if (!isLive) return
    const end = new AbortController()
    followJob(client, workspace, id, {
      signal: end.signal,
      onUpdate: ({ flow_status: status }) => {
        if (status) keepFlowStatus(queries, workspace, id, status)
      },
    }).then(
      () => void queries.invalidateQueries({ queryKey: jobQuery(workspace, id).queryKey }),
      // The log beside the drawing tells of a stream that broke; the drawing is asked for again by its own pace.
      () => undefined,
    )
    return () => {
      end.abort()
      // Somebody else may have heard of the end before this stream did.
      void queries.invalidateQueries({ queryKey: ['w', workspace, 'flow-jobs', id] })
    }
  }, [queries, workspace, id, isLive])
}
