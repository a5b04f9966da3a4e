import type { Flow } from '@millrace/contracts'
import { useNavigate } from '@tanstack/react-router'
import { settingsOfFlow, useDeployFlow } from '../../data/flows.ts'
import { links } from '../../links.ts'
import { showToast } from '../../ui/toast.tsx'
import type { ReadFlow } from './document/read-document.ts'
import type { FlowDraftState } from './use-flow-draft.ts'

interface DeploySource {
  /** The deployed flow that is being changed; absent for a new one. */
  readonly flow: Flow | undefined
  readonly state: FlowDraftState
  readonly message: string
}

/** Makes what was typed the newest version, and leads to it. */
export function useFlowDeploy(workspace: string, { flow, state, message }: DeploySource) {
  const navigate = useNavigate()
  const deploy = useDeployFlow(workspace)

  function send(read: ReadFlow) {
    if (deploy.isPending) return
    const { parentVersion } = state.draft
    const path = state.draft.path.trim()
    const body = {
      ...(flow && settingsOfFlow(flow)),
      ...read,
      ...(message.trim() !== '' && { deployment_message: message.trim() }),
      ...(parentVersion !== undefined && { parent_version: parentVersion }),
    }
    deploy.mutate(
      { isNew: parentVersion === undefined, path, flow: body },
      {
        onSuccess() {
          state.forget()
          showToast(`Deployed ${path}`)
          void navigate({ to: links.flow, params: { workspace, _splat: path } })
        },
      },
    )
  }

  return { send, isPending: deploy.isPending, error: deploy.error }
}
