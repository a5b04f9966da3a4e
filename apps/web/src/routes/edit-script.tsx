import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { describeError } from '../data/client.ts'
import { languagesQuery } from '../data/instance.ts'
import { useIsOperator } from '../data/member.ts'
import { scriptQuery } from '../data/scripts.ts'
import { useSession } from '../data/session.ts'
import { ScriptEditor } from '../features/editor/script-editor.tsx'
import { draftOfScript } from '../features/editor/use-editor-state.ts'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { ScriptRefusal } from './script-refusal.tsx'
import { TestOutput } from './test-output.tsx'

const route = getRouteApi('/w/$workspace/edit/$')

export function EditScriptRoute() {
  const { workspace, _splat: path = '' } = route.useParams()
  const { data: script, error } = useQuery(scriptQuery(workspace, path))
  const languages = useQuery(languagesQuery).data
  const email = useSession().data?.email
  if (useIsOperator(workspace)) return <ScriptRefusal workspace={workspace} path={path} />
  if (error && !script) return <ProblemNote title={`The script ${path} cannot be shown.`} {...describeError(error)} />
  if (!script || !languages || email === undefined) return <Skeleton />
  return (
    <ScriptEditor
      key={path}
      draftKey={{ email, workspace, item: path }}
      origin={draftOfScript(script)}
      script={script}
      languages={languages}
      drawOutput={(id) => <TestOutput workspace={workspace} id={id} />}
    />
  )
}
