import { beforeAll, expect, test } from 'vitest'
import { loadGrammarOf } from '../load-grammars.ts'
import { powershell } from './index.ts'

beforeAll(() => loadGrammarOf(powershell))

const text = { str: null }

function argsOf(source: string): unknown {
  const parsed = powershell.parseSignature(source)
  if (!parsed.ok) return parsed.error
  return parsed.value.args.map((arg) => (arg.hasDefault ? [arg.name, arg.typ, arg.default] : [arg.name, arg.typ]))
}

test.each<[string, unknown]>([
  ['Write-Host 1', []],
  ['', []],
  ['param()', []],
  ['param($a)', [['a', 'unknown', null]]],
  ['param([string]$a)', [['a', text, null]]],
  ['param([Parameter(Mandatory)][string]$a)', [['a', text]]],
  ['param([Parameter(Mandatory=$true, Position=0)][string]$a)', [['a', text]]],
  ['param([parameter(mandatory = $false)][string]$a)', [['a', text, null]]],
  ['param([Parameter(HelpMessage="x")][int]$a)', [['a', 'int', null]]],
  ['param([int]$a = 3)', [['a', 'int', 3]]],
  ['param([Int64]$a = -3)', [['a', 'int', -3]]],
  ['param([System.Int32]$a = 0x10)', [['a', 'int', 16]]],
  ['param([long]$a = 10kb)', [['a', 'int', 10_240]]],
  ['param([double]$a = 1.5)', [['a', 'float', 1.5]]],
  ['param([decimal]$a)', [['a', 'float', null]]],
  ['param([bool]$a = $true)', [['a', 'bool', true]]],
  ['param([switch]$a)', [['a', 'bool', null]]],
  ['param([datetime]$a = (Get-Date))', [['a', 'datetime', null]]],
  ['param([string[]]$a = @("x", \'y\'))', [['a', { list: text }, ['x', 'y']]]],
  ['param([int[]]$a = (1, 2))', [['a', { list: 'int' }, [1, 2]]]],
  ['param([PSCustomObject]$a)', [['a', { object: { name: null, props: [] } }, null]]],
  [
    'param([hashtable]$a = @{ x = 1; "y z" = "b" })',
    [['a', { object: { name: null, props: [] } }, { x: 1, 'y z': 'b' }]],
  ],
  ['param([Nullable[int]]$a = $null)', [['a', 'int', null]]],
  ["param([ValidateSet('a', \"b\")][string]$a = 'a')", [['a', { str: ['a', 'b'] }, 'a']]],
  ["param([ValidateSet('a', 'b', IgnoreCase = $false)]$a)", [['a', { str: ['a', 'b'] }, null]]],
  ['param([System.IO.FileInfo]$a)', [['a', 'unknown', null]]],
  ["param($a = 'it''s')", [['a', text, "it's"]]],
  ['param($a = "a`tb ""c""")', [['a', text, 'a\tb "c"']]],
  ['param($a = "of $b")', [['a', 'unknown', null]]],
  ['param($a = 1 + 2)', [['a', 'unknown', null]]],
  ['param($a = (Get-Item x))', [['a', 'unknown', null]]],
  ['param(${a b})', [['a b', 'unknown', null]]],
  ['# first\n<# second #>\nusing namespace System.Text\n[CmdletBinding()]\nparam([string]$a)\n$a', [['a', text, null]]],
  ['function f { param($x) }\nf', []],
  [
    'PARAM(\n  [STRING] $A, # the first\n  [Int] $B = 2\n)\n',
    [
      ['A', text, null],
      ['B', 'int', 2],
    ],
  ],
  // What is below the parameters is read by PowerShell alone.
  ['param($a)\nif (', [['a', 'unknown', null]]],
])('%j', (source, expected) => {
  expect(argsOf(source)).toEqual(expected)
})

test.each(['param($a', '# note\nparam([string)$a)', 'param($a = )'])('%j is told with its line', (source) => {
  expect(argsOf(source)).toMatchObject({ message: expect.stringContaining('syntax error'), line: expect.any(Number) })
})

test('where it is missing, the sentence has the command that installs it', async () => {
  const isReachable = () => Promise.resolve(false)
  const toolchain = await powershell.findToolchain({ toolchainFolder: '/nowhere', isReachable })
  expect(toolchain).toMatchObject({
    found: false,
    problem: expect.stringContaining('no PowerShell 7 or newer that jobs can reach'),
    remedy: expect.stringMatching(/install/),
  })
})
