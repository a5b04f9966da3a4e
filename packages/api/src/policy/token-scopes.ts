/**
 * Whether a token's scopes (`domain:verb[:kind][:path[,path]]`, such as `scripts:read`, `jobs:run:scripts:u/ann/x,f/ops/*`)
 * permit what is needed. `write` implies `read`; a scope without paths holds for all; one with paths needs the path asked for.
 */
export function permits(scopes: readonly string[], needed: string, path: string | undefined): boolean {
  return scopes.some((scope) => permitsOne(scope, needed, path))
}

function permitsOne(scope: string, needed: string, path: string | undefined): boolean {
  if (scope === '*') return true
  const given = scope.split(':')
  const words = needed.split(':')
  for (const [index, word] of words.entries()) {
    const part = given[index]
    if (part === undefined) return index >= 2
    if (part === word || part === '*') continue
    if (index === 1 && part === 'write' && word === 'read') continue
    return false
  }
  const paths = given.slice(words.length).join(':')
  return paths === '' || paths.split(',').some((pattern) => matches(pattern, path))
}

function matches(pattern: string, path: string | undefined): boolean {
  if (pattern === '*') return true
  if (path === undefined) return false
  return pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}
