import { useQuery } from '@tanstack/react-query'
import { describeError } from '../../data/client.ts'
import { handlersQuery, type HandlerScope } from '../../data/handlers.ts'
import { useMember } from '../../data/member.ts'
import { useSession } from '../../data/session.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { HandlerForm } from './handler-form.tsx'
import { formOf } from './handler-form-state.ts'

/** Handlers of all workspaces are scripts and flows of this one. */
const HOME = 'admins'

/** What administrators set for a workspace. */
export function SettingsPage({ workspace }: { readonly workspace: string }) {
  const member = useMember(workspace)
  const isSuperAdmin = useSession().data?.super_admin === true
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-8 px-4 py-6 sm:px-6">
      <h1 className="text-xl font-semibold">Settings</h1>
      {member && !member.is_admin && <p className="text-muted">Settings are for administrators of the workspace.</p>}
      {member?.is_admin && (
        <HandlerSection
          workspace={workspace}
          scope="workspace"
          title="Handlers"
          text="Scripts and flows of this workspace that are told how its jobs end. Their own ends are told to nobody."
        />
      )}
      {isSuperAdmin && workspace === HOME && (
        <HandlerSection
          workspace={workspace}
          scope="instance"
          title="Handlers of all workspaces"
          text="These are told of jobs of every workspace, besides the handlers that it has itself."
        />
      )}
    </div>
  )
}

interface HandlerSectionProps {
  readonly workspace: string
  readonly scope: HandlerScope
  readonly title: string
  readonly text: string
}

function HandlerSection({ workspace, scope, title, text }: HandlerSectionProps) {
  const { data, error } = useQuery(handlersQuery(workspace, scope))
  return (
    <section aria-label={title} className="flex flex-col gap-4">
      <div>
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="mt-1 max-w-[72ch] text-muted">{text}</p>
      </div>
      {error && <ProblemNote title="The handlers cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={4} />}
      {data &&
        (['error', 'recovery', 'success'] as const).map((event) => {
          const config = data[`${event}_handler`]
          return (
            <HandlerForm
              key={`${event} ${JSON.stringify(config)}`}
              workspace={workspace}
              scope={scope}
              event={event}
              before={formOf(config)}
              fault={data.handler_faults?.[event]?.message}
            />
          )
        })}
    </section>
  )
}
