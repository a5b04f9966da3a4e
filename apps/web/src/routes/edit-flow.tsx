import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { describeError } from '../data/client.ts'
import { flowQuery } from '../data/flows.ts'
import { languagesQuery } from '../data/instance.ts'
import { useIsOperator } from '../data/member.ts'
import { useSession } from '../data/session.ts'
import { FlowEditor } from '../features/flow-editor/flow-editor.tsx'
import { draftOfFlow } from '../features/flow-editor/use-flow-draft.ts'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { FlowRefusal } from './flow-refusal.tsx'
import { TestOutput } from './test-output.tsx'

const route = getRouteApi('/w/$workspace/edit-flow/$')

export function EditFlowRoute() {
  const { workspace, _splat: path = '' } = route.useParams()
  const { data: flow, error } = useQuery(flowQuery(workspace, path))
  const languages = useQuery(languagesQuery).data
  const email = useSession().data?.email
  if (useIsOperator(workspace)) return <FlowRefusal workspace={workspace} path={path} />
  if (error && !flow) return <ProblemNote title={`The flow ${path} cannot be shown.`} {...describeError(error)} />
  if (!flow || !languages || email === undefined) return <Skeleton />
  return (
    <FlowEditor
      key={path}
      draftKey={{ email, workspace, item: path }}
      origin={draftOfFlow(flow)}
      flow={flow}
      languages={languages}
      drawOutput={(id) => <TestOutput workspace={workspace} id={id} />}
    />
  )
}
