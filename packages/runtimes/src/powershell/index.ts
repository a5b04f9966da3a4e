import type { FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { bridgeToWaiting } from '../shared/bridge.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `param(
  [Parameter(Mandatory)][string]$name,
  [int]$times = 1
)

$greeting = "Hello $name"
for ($count = 0; $count -lt $times; $count++) { Write-Host $greeting }
@{ greeting = $greeting; times = $times }
`

/** PowerShell 7. */
export const powershell: ProcessRuntime = {
  kind: 'process',
  id: 'powershell',
  info: {
    label: 'PowerShell',
    extension: '.ps1',
    aliases: ['powershell', 'pwsh'],
    editor: 'powershell',
    icon: 'PS',
    starter: STARTER,
  },
  files: new URL('./files/', import.meta.url),
  grammar: 'powershell',
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const { pwsh = '' } = toolchain.paths
  const shell = [pwsh, '-NoLogo', '-NoProfile', '-NonInteractive', '-File', '/runtime/wrapper.ps1']
  return {
    files: { 'main.ps1': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: bridgeToWaiting(shell),
      env: {
        ...jobEnvironment,
        POWERSHELL_TELEMETRY_OPTOUT: '1',
        POWERSHELL_UPDATECHECK: 'Off',
        // Sockets for debuggers in the temporary folder.
        DOTNET_EnableDiagnostics: '0',
        // A host need not have the library of languages.
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
        NO_COLOR: '1',
      },
      encodeInput: ({ args, env }) => encodeJson({ args, env }),
    },
    withoutFrame: 'error',
  }
}
