import type { Script } from '@millrace/contracts'
import { useNavigate } from '@tanstack/react-router'
import { asNewVersion, useDeployScript } from '../../data/scripts.ts'
import { links } from '../../links.ts'
import { showToast } from '../../ui/toast.tsx'
import type { SettingsState } from './settings/use-settings.ts'
import type { EditorState } from './use-editor-state.ts'

interface DeploySource {
  /** The deployed script that is being changed; absent for a new one. */
  readonly script: Script | undefined
  readonly state: EditorState
  readonly settings: SettingsState
}

/** Makes what was typed the newest version, and leads to it. */
export function useDeploy(workspace: string, { script, state, settings }: DeploySource) {
  const navigate = useNavigate()
  const deploy = useDeployScript(workspace)

  function send() {
    if (deploy.isPending || !settings.check()) return
    const { path, summary, content, language, parentHash } = state.draft
    // The schema is left to the server, which infers it from the new content.
    const before = script && { ...asNewVersion(script, settings.settings), schema: undefined, lock: undefined }
    const body = {
      ...(before ?? settings.settings),
      path: path.trim(),
      summary,
      content,
      language,
      ...(parentHash !== undefined && { parent_hash: parentHash }),
    }
    deploy.mutate(body, {
      onSuccess() {
        state.forget()
        showToast(`Deployed ${body.path}`)
        void navigate({ to: links.script, params: { workspace, _splat: body.path } })
      },
    })
  }

  return { send, isPending: deploy.isPending, error: deploy.error }
}
