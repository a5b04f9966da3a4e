import { describe, expect, test } from 'vitest'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { powershell } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `[ordered]@{ answer = 42; list = @(1, $null, 'é') }`,
  echo: 'param($value)\n$value',
  failing: { source: `$text = 'lie'\n\nthrow "the cake is a $text"`, line: 3 },
  broken: { source: 'if (', mentions: 'main.ps1' },
  greeting: `param($name = 'nobody')\n$name`,
  chatty: `1..1000 | ForEach-Object { Write-Host "line $_" }\n'done'`,
  environment: '"$env:WM_TOKEN $env:WM_WORKSPACE"',
  large: `'é' * 1048576`,
  closing: `bash -c 'exec 3>&-'\n'done'`,
  garbling: `bash -c 'for n in {3..600}; do echo garbage >&$n; done 2>/dev/null; true'\n'done'`,
  leaving: undefined,
  exiting: 'exit 3',
  parenting: `bash -c 'setsid sleep 86399 >/dev/null 2>&1 </dev/null &'\n'done'`,
  stubborn: `bash -c 'trap "" TERM; echo ready; while true; do sleep 1000; done'`,
  spinning: `Write-Host 'ready'\nwhile ($true) { }`,
  littering: `foreach ($f in '/tmp', '/dev/shm', '.') { try { New-Item "$f/left-behind" | Out-Null } catch { } }\n'done'`,
  looking: `('/tmp', '/dev/shm', '.' | ForEach-Object { try { (Get-ChildItem -Force $_).Name } catch { } }) -join ' '`,
}

describe('powershell', () => {
  let host: RuntimeHost
  testRuntime(powershell, samples, async () => (host = await openRuntimeHost(powershell)))

  test('arguments arrive by their types, and what is given before the last is in the log', async () => {
    const source = `param([datetime]$at, [hashtable]$table, [string]$text, [switch]$on, [int[]]$list, $object)
'first'
@{ year = $at.Year; x = $table['x']; text = $text; on = [bool]$on; list = $list; y = $object.y }`
    const args = {
      at: '2024-05-06T07:00:00Z',
      table: { x: 1 },
      text: '2024-05-06',
      on: true,
      list: [1, 2],
      object: { y: 'é' },
    }
    expect(await host.run(source, { args }).ended).toMatchObject({
      value: { year: 2024, x: 1, text: '2024-05-06', on: true, list: [1, 2], y: 'é' },
      log: 'first\n',
    })
  })
})
