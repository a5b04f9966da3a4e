import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { describeError } from '../data/client.ts'
import { useSession } from '../data/session.ts'
import { groupConfigQuery } from '../data/workers.ts'
import { GroupEditor } from '../features/worker-group/group-editor.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { GroupRefusal } from './group-refusal.tsx'

const route = getRouteApi('/w/$workspace/worker-groups/$group')

export function WorkerGroupRoute() {
  const { workspace, group } = route.useParams()
  const { data: session } = useSession()
  const isSuperadmin = session?.super_admin === true
  const { data, error } = useQuery({ ...groupConfigQuery(group), enabled: isSuperadmin })
  if (session && !isSuperadmin) return <GroupRefusal workspace={workspace} title={group} />
  if (data !== undefined) return <GroupEditor key={group} workspace={workspace} group={group} config={data} />
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-4 px-4 py-6 sm:px-6">
      <h1 className="text-xl font-semibold break-all">{group}</h1>
      {error ? <ProblemNote title="This group cannot be shown." {...describeError(error)} /> : <Skeleton rows={10} />}
    </div>
  )
}
