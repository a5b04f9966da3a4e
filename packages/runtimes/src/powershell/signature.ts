import { ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, ArgType, Signature } from '../signature.ts'
import { readLiteral, readText } from './literal.ts'
import { readType } from './type-reader.ts'

const grammar = declareGrammar('powershell')

/** Must be first, and the grammar does not know it. */
const USING = /^[ \t]*using[ \t]+(?:namespace|module|assembly)[^\r\n]*/gim
/** What the grammar wants after a block of parameters. */
const STATEMENT = '\n$null\n'
const BEGINS_WITH_PARAM = /^(?:\s|#[^\n]*(?:\n|$)|<#[\s\S]*?#>|\[[^\]]*\])*param\b/i

/** The parameters of `param(…)`, with which a PowerShell script begins. What is wrong below them, PowerShell says itself. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  const text = `${source.replaceAll(USING, (line) => ' '.repeat(line.length))}${STATEMENT}`
  return grammar.parse(text, (root) => {
    const block = partsOf(root).find(({ type }) => type === 'param_block')
    const isBroken = block ? block.hasError : root.hasError && BEGINS_WITH_PARAM.test(text)
    const problem = isBroken ? findSyntaxProblem(block ?? root) : undefined
    if (problem) return { ok: false, error: problem }
    const list = block && partsOf(block).find(({ type }) => type === 'parameter_list')
    const parameters = list ? partsOf(list).filter(({ type }) => type === 'script_parameter') : []
    return ok({ ...librarySignature, autoKind: null, args: parameters.map(readParameter) })
  })
}

/** A parameter may be left out unless it says that it may not. */
function readParameter(parameter: Node): Arg {
  const parts = partsOf(parameter)
  const name = (parts.find(({ type }) => type === 'variable')?.text ?? '').replace(/^\$\{?|\}$/g, '')
  const attributes = parts.filter(({ type }) => type === 'attribute_list').flatMap(partsOf)
  const value = parts.find(({ type }) => type === 'script_parameter_default')
  const literal = value && readLiteral(value)
  const choices = attributes.map(readChoices).find((found) => found !== undefined)
  const declared = attributes.map(({ text }) => readType(text)).find((typ) => typ !== undefined)
  const typ: ArgType = choices ? { str: choices } : (declared ?? literal?.typ ?? 'unknown')
  if (!value && attributes.some(isMandatory)) return requiredArg(name, typ)
  return optionalArg(name, typ, literal?.value ?? null)
}

/** `[Parameter(Mandatory)]`, `[Parameter(Mandatory = $true)]`. */
function isMandatory({ text }: Node): boolean {
  const [found, value] = /^\[\s*Parameter\s*\(.*\bMandatory\b(?:\s*=\s*(\$\w+|\d+))?/is.exec(text) ?? []
  return found !== undefined && !/^(?:\$false|0)$/i.test(value ?? '')
}

/** `[ValidateSet('a', 'b')]`; further settings of it are no choices. */
function readChoices(attribute: Node): readonly string[] | undefined {
  if (!/^\[\s*ValidateSet\s*\(/i.test(attribute.text)) return undefined
  const given = partsOf(attribute).find(({ type }) => type === 'attribute_arguments')
  const texts = (given ? partsOf(given) : []).map(readText)
  const choices = texts.filter((text) => text !== undefined)
  return choices.length > 0 ? choices : undefined
}
