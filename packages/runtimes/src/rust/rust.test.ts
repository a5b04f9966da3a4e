import { beforeAll, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import { rust } from './index.ts'
import { hasDependencies, readLock, readManifest } from './manifest.ts'
import { parseSignature } from './signature.ts'
import { toProgram } from './to-program.ts'

beforeAll(() => loadGrammars())

const text = { str: null }
const anyObject = { object: { name: null, props: [] } }
const DECLARED = `
#[derive(Deserialize)] struct Point { x: i32, #[serde(rename = "the label")] pub label: Option<String> }
struct Pair(i32, i32);
struct Tree { leaves: Vec<Tree> }
enum Suit { Hearts, Spades }
enum Shape { Circle(f64), Square { side: f64 } }
#[serde(rename_all = "lowercase")] enum Quiet { Yes, No }`

test.each<[string, unknown, boolean]>([
  ['String', text, false],
  ['&str', text, false],
  ["&'static str", text, false],
  ['char', text, false],
  ['i32', 'int', false],
  ['u64', 'int', false],
  ['usize', 'int', false],
  ['i128', 'int', false],
  ['f64', 'float', false],
  ['f32', 'float', false],
  ['bool', 'bool', false],
  ['Vec<String>', { list: text }, false],
  ['Vec<Vec<i32>>', { list: { list: 'int' } }, false],
  ['&[f64]', { list: 'float' }, false],
  ['[u8; 3]', { list: 'int' }, false],
  ['HashSet<String>', { list: text }, false],
  ['std::collections::HashMap<String, i32>', anyObject, false],
  ['HashMap<String, i32>', anyObject, false],
  ['BTreeMap<String, Value>', anyObject, false],
  ['serde_json::Value', 'unknown', false],
  ['(i32, i32)', 'unknown', false],
  ['Option<String>', text, true],
  ['Option<Vec<i64>>', { list: 'int' }, true],
  ['std::option::Option<bool>', 'bool', true],
  ['Box<i32>', 'int', false],
  ["Cow<'_, str>", text, false],
  ['chrono::NaiveDate', 'date', false],
  ['DateTime<Utc>', 'datetime', false],
  ['Suit', { str: ['Hearts', 'Spades'] }, false],
  ['Option<Suit>', { str: ['Hearts', 'Spades'] }, true],
  ['Shape', 'unknown', false],
  ['Quiet', 'unknown', false],
  ['Pair', 'unknown', false],
  [
    'Point',
    {
      object: {
        name: null,
        props: [
          { key: 'x', typ: 'int' },
          { key: 'the label', typ: text },
        ],
      },
    },
    false,
  ],
  ['Postgresql', { resource: 'postgresql' }, false],
  ['crate::ApiKey', { resource: 'api_key' }, false],
])('%s', (type, typ, hasDefault) => {
  expect(parseSignature(`${DECLARED}\nfn main(mut x: ${type}) -> anyhow::Result<()> { Ok(()) }`)).toMatchObject({
    ok: true,
    value: { args: [{ name: 'x', typ, hasDefault, default: null }], autoKind: null },
  })
})

test('a type that contains itself ends', () => {
  expect(parseSignature(`${DECLARED}\nfn main(x: Tree) {}`)).toMatchObject({ ok: true })
})

test('comments, raw names and async are understood', () => {
  const parsed = parseSignature('async fn main(r#type: String, /* b */ b: i32) -> i32 { 1 }')
  expect(parsed.ok && parsed.value.args.map(({ name }) => name)).toEqual(['type', 'b'])
})

test('a pattern is refused with what to do', () => {
  expect(parseSignature('\nfn main((a, b): (i32, i32)) {}')).toMatchObject({
    ok: false,
    error: { line: 2, message: expect.stringContaining('plain name') },
  })
})

test.each(['fn other() {}', 'mod inner { fn main() {} }', 'impl T { fn main() {} }', ''])(
  'without main it is a library: %s',
  (source) => {
    expect(parseSignature(source)).toMatchObject({ ok: true, value: { autoKind: 'lib' } })
  },
)

test('a preprocessor is seen', () => {
  expect(parseSignature('fn preprocessor(event: Value) {}\nfn main() {}')).toMatchObject({
    value: { hasPreprocessor: true },
  })
})

test('a syntax error names its line', () => {
  expect(parseSignature('fn a() {}\n\nfn main( {\n}')).toMatchObject({ ok: false, error: { line: 3 } })
})

test('the dependencies of the header join those of every script, and count before them', () => {
  const source =
    '//! Words\n//!\n//! ```cargo\n//! [package]\n//! build = "evil.rs"\n//! [dependencies]\n//! rand = "0.8"\n//! serde = "1.0.200"\n//! [dependencies.regex]\n//! version = "1"\n//! [profile.dev]\n//! debug = 2\n//! ```\nfn main() {}'
  const manifest = readManifest(source)
  expect(manifest).toContain('[dependencies]\nanyhow = "1"\nserde_json')
  expect(manifest).toContain('rand = "0.8"\nserde = "1.0.200"\n[dependencies.regex]\nversion = "1"\n')
  expect(manifest).not.toMatch(/evil|debug = 2/)
  expect(hasDependencies(source)).toBe(true)
})

test.each(['fn main() {}', '//! ```cargo\n//! ```\nfn main() {}', '//! ```cargo\n//! [dependencies]\n//! ```'])(
  'no header, nothing to pin: %j',
  (source) => {
    expect(hasDependencies(source)).toBe(false)
  },
)

test('a lock is taken apart, with and without its manifest', () => {
  expect(readLock('#: [package]\n#: \n# made by cargo\nversion = 4\n')).toEqual({
    manifest: '[package]\n\n',
    lock: '# made by cargo\nversion = 4\n',
  })
  expect(readLock('version = 4\n')).toEqual({ manifest: undefined, lock: 'version = 4\n' })
})

test('no line of the source moves', () => {
  const source = '//! doc\n\nfn main(a: &str, b: &[i32], c: &mut Vec<i32>, d: u8) -> Result<(), String> { Ok(()) }\n'
  const lines = toProgram(source).split('\n')
  expect(lines.slice(0, 3)).toEqual(['#![no_main] //! doc', '', source.split('\n')[2]])
  expect(lines.join('\n')).toContain(
    'crate::main(&input.take::<String>("a"), &input.take::<Vec<_>>("b"), &mut input.take("c"), input.take("d"))',
  )
})

test('a script that asks for no package is built from what every script has, with an empty lock too', () => {
  const toolchain = { found: true, version: '1.85.0', paths: { root: '/usr' }, mounts: [] } as const
  const source = { content: 'fn main() {}', path: undefined }
  const { build } = rust.prepare(source, toolchain)
  expect(build).toMatchObject({ cache: true, argv: expect.arrayContaining(['shared']) })
  expect(rust.prepare({ ...source, lock: '' }, toolchain).build).toEqual(build)
})
