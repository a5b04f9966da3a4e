import { oneOf, text } from '@millrace/base/settings'

/** Ways of running jobs that `SANDBOX_MODE` may name. */
export const sandboxModes = ['auto', 'bwrap', 'unshare', 'sandbox-exec', 'none'] as const
export type SandboxMode = (typeof sandboxModes)[number]

/** The sandbox's slice of the configuration. */
export const sandboxConfig = {
  mode: oneOf(
    'SANDBOX_MODE',
    'How jobs are kept apart from the host: `auto` takes the best that this host supports and refuses jobs when there is none; `none` runs them with all rights of the server.',
    sandboxModes,
    'auto',
  ),
  folder: text(
    'SANDBOX_FOLDER',
    'Folder for the sandbox’s own files, reachable by every user; below the data folder when absent.',
  ),
}
