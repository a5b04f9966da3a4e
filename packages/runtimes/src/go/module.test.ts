import { beforeAll, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import { readImports, readLock, readModule } from './module.ts'

beforeAll(() => loadGrammars())

test.each<[string, string[]]>([
  ['import "fmt"', []],
  ['import "encoding/json"', []],
  ['import "github.com/google/uuid"', ['github.com/google/uuid']],
  ['import yaml "gopkg.in/yaml.v3"', ['gopkg.in/yaml.v3']],
  ['import _ "github.com/lib/pq"', ['github.com/lib/pq']],
  ['import . "github.com/onsi/gomega"', ['github.com/onsi/gomega']],
  ['import `example.com/raw`', ['example.com/raw']],
  ['import (\n"os"\n"b.io/b"\n"a.io/a/v2"\n)', ['a.io/a/v2', 'b.io/b']],
  ['import "a.io/a"\nimport "a.io/a"', ['a.io/a']],
  ['import "./local"', []],
  ['// import "a.io/a"', []],
  ['import "fmt"\nvar x = "a.io/a"', []],
])('%s', (source, imports) => {
  expect(readImports(`package inner\n${source}\nfunc main() {}`)).toEqual(imports)
})

test.each<[string, string]>([
  ['package inner', 'module job\n\ngo 1.24\n'],
  ['//go_mod:\n// require a.io/a v1.0.0\n\n// not this', 'module job\n\ngo 1.24\n\nrequire a.io/a v1.0.0\n'],
  ['//go_mod: require a.io/a v1.0.0\npackage inner', 'module job\n\ngo 1.24\n\nrequire a.io/a v1.0.0\n'],
  ['// go_mod:\n//module mymod\n//go 1.22\npackage inner', 'module job\n\ngo 1.22\n'],
  [
    '//go_mod:\n//require (\n//\ta.io/a v1.0.0\n//)\npackage inner',
    'module job\n\ngo 1.24\n\nrequire (\n\ta.io/a v1.0.0\n)\n',
  ],
])('the go.mod of %j', (source, mod) => {
  expect(readModule(source, '1.24')).toBe(mod)
})

test('a lock is taken apart, whatever its module was called', () => {
  const lock = 'module mymod\n\ngo 1.22\n\nrequire a.io/a v1.0.0\n\n//go.sum\na.io/a v1.0.0 h1:x=\n'
  expect(readLock(lock, '1.24')).toEqual({
    mod: 'module job\n\ngo 1.22\n\nrequire a.io/a v1.0.0\n',
    sum: 'a.io/a v1.0.0 h1:x=\n',
  })
})

test('a lock without sums has no modules', () => {
  expect(readLock('module mymod\ngo 1.22\n', '1.24')).toEqual({ mod: 'module job\n\ngo 1.22\n', sum: '\n' })
})
