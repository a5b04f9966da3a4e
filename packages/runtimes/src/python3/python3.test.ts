import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import type { Arg } from '../signature.ts'
import { parseSignature } from './signature.ts'

beforeAll(() => loadGrammars())

const text = { str: null }
const anyObject = { object: { name: null, props: [] } }

function argsOf(parameters: string, declarations = ''): readonly Arg[] {
  const parsed = parseSignature(`${declarations}\ndef main(${parameters}):\n    pass\n`)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value.args
}

function argOf(type: string, declarations?: string): { typ: unknown; isOptional: boolean } {
  const [arg] = argsOf(`x: ${type}`, declarations)
  return { typ: arg?.typ, isOptional: arg?.hasDefault === true }
}

describe('types', () => {
  test.each<[string, unknown]>([
    ['int', 'int'],
    ['str', text],
    ['float', 'float'],
    ['bool', 'bool'],
    ['bytes', 'bytes'],
    ['datetime', 'datetime'],
    ['datetime.datetime', 'datetime'],
    ['date', 'date'],
    ['datetime.date', 'date'],
    ['dict', anyObject],
    ['dict[str, int]', anyObject],
    ['Dict[str, Any]', anyObject],
    ['list', { list: text }],
    ['List', { list: text }],
    ['list[int]', { list: 'int' }],
    ['List[str]', { list: text }],
    ['typing.List[float]', { list: 'float' }],
    ['list[dict]', { list: anyObject }],
    ['list[list[int]]', { list: { list: 'int' } }],
    ['Literal["a", "b"]', { str: ['a', 'b'] }],
    ['typing.Literal["a"]', { str: ['a'] }],
    ['Literal[1, 2]', 'unknown'],
    ['List[Literal["a", "b"]]', { list: { str: ['a', 'b'] } }],
    ['S3Object', { resource: 's3_object' }],
    ['wmill.S3Object', { resource: 's3_object' }],
    ['list[S3Object]', { list: { resource: 's3_object' } }],
    ['sql', 'sql'],
    ['postgresql', { resource: 'postgresql' }],
    ['Any', { resource: 'Any' }],
    ['Email', { resource: 'Email' }],
    ['DynSelect_foo', { dynselect: 'foo' }],
    ['DynMultiselect_foo', { dynmultiselect: 'foo' }],
    ['Union[str, int]', 'unknown'],
    ['str | int', 'unknown'],
    ['Callable[[int], str]', 'unknown'],
    ['Annotated[int, "a note"]', 'int'],
    ['object', anyObject],
    ['dict[str, Any]', anyObject],
    ['Dict', anyObject],
    ['list[bool]', { list: 'bool' }],
    ['List[int]', { list: 'int' }],
    ['list[bytes]', { list: 'bytes' }],
    ['list[datetime]', { list: 'datetime' }],
    ['list[Literal["a"]]', { list: { str: ['a'] } }],
    ['list[c_smtp]', { list: { resource: 'c_smtp' } }],
    ['wmill.postgresql', { resource: 'postgresql' }],
    ['slack', { resource: 'slack' }],
    ['BaseModel | dict', 'unknown'],
    ['int | float', 'unknown'],
    ["'str'", 'unknown'],
  ])('%s', (type, typ) => {
    expect(argOf(type)).toEqual({ typ, isOptional: false })
  })

  test.each<[string, unknown]>([
    ['Optional[str]', text],
    ['typing.Optional[int]', 'int'],
    ['str | None', text],
    ['None | dict', anyObject],
    ['Union[float, None]', 'float'],
    ['Optional[list[str]]', { list: text }],
    ['list[dict] | None', { list: anyObject }],
    ['Optional[Literal["a", "b"]]', { str: ['a', 'b'] }],
    ['str | int | None', 'unknown'],
    ['datetime.datetime | None', 'datetime'],
    ['dict | None', anyObject],
    ['list | None', { list: text }],
    ['list[str] | None', { list: text }],
    ['Optional[dict]', anyObject],
    ['Optional[list]', { list: text }],
    ['Optional[float]', 'float'],
    ['Optional[Thing]', { resource: 'Thing' }],
    ['None | str', text],
    ['Union[None, str, int]', 'unknown'],
    ['Optional[BaseModel | dict]', 'unknown'],
  ])('%s may be left out', (type, typ) => {
    expect(argOf(type)).toEqual({ typ, isOptional: true })
  })
})

describe('declared classes', () => {
  const fields = '\n    name: str\n    tags: list[str] = []\n    def method(self): pass\n'
  const asObject = {
    object: {
      name: null,
      props: [
        { key: 'name', typ: text },
        { key: 'tags', typ: { list: text } },
      ],
    },
  }

  test.each<[string, string, unknown]>([
    ['a TypedDict', `class Thing(TypedDict):${fields}`, { resource: 'Thing' }],
    ['a dataclass', `@dataclass\nclass Thing:${fields}`, asObject],
    ['a dataclass with options', `@dataclasses.dataclass(frozen=True)\nclass Thing:${fields}`, asObject],
    ['a pydantic model', `class Thing(BaseModel):${fields}`, asObject],
    ['a model of a model', `class Base(pydantic.BaseModel):\n    pass\nclass Thing(Base):${fields}`, asObject],
    ['a plain class', `class Thing:${fields}`, { resource: 'Thing' }],
    ['an enumeration', `class Thing(str, Enum):\n    A = "a"\n    B = "b"\n`, { str: ['a', 'b'] }],
    ['an enumeration of numbers', `class Thing(Enum):\n    A = 1\n    B = 2\n`, { str: ['A', 'B'] }],
    ['an alias of literals', `Thing = Literal["a", "b"]`, { str: ['a', 'b'] }],
    ['an alias of dict, which names a resource type', `Thing = dict`, { resource: 'Thing' }],
    ['an imported class', `from f.folder.script import Thing`, { resource: 'Thing' }],
  ])('%s', (_name, declaration, typ) => {
    expect(argOf('Thing', declaration).typ).toEqual(typ)
  })

  test('a class that contains itself ends', () => {
    expect(argOf('Tree', '@dataclass\nclass Tree:\n    left: Tree\n    right: Tree\n').typ).toHaveProperty(
      'object.props',
    )
  })
})

describe('defaults', () => {
  test.each<[string, unknown, unknown]>([
    ['x=1', 'int', 1],
    ['x=-1.5', 'float', -1.5],
    ['x="a\\n\\u00e9"', text, 'a\né'],
    ['x=r"a\\n"', text, 'a\\n'],
    ['x="a" "b"', text, 'ab'],
    ['x=f"a{b}"', 'unknown', null],
    ['x=True', 'bool', true],
    ['x=None', 'unknown', null],
    ['x=[1, "a"]', { list: 'int' }, [1, 'a']],
    ['x=(1, 2)', { list: 'int' }, [1, 2]],
    ['x={"a": [None]}', { object: { name: null, props: [{ key: 'a', typ: { list: 'unknown' } }] } }, { a: [null] }],
    ['x=other', 'unknown', null],
    ['x=call()', 'unknown', '<function call>'],
    ['x: str = os.getenv("A")', text, '<function call>'],
    ['x: str = "a"', text, 'a'],
    ['x: Optional[int] = 3', 'int', 3],
    ['x: dict = {}', anyObject, {}],
    ['x: str | None = None', text, null],
    ['x: list[str] = ["a"]', { list: text }, ['a']],
    ['x: list = []', { list: text }, []],
    ['x: bool = False', 'bool', false],
    ['x: int = 1_000', 'int', 1000],
    ['x: float = 1e3', 'float', 1000],
    ['x: int = -1', 'int', -1],
    ['x: Literal["a", "b"] = "a"', { str: ['a', 'b'] }, 'a'],
    ['x: datetime = datetime.now()', 'datetime', '<function call>'],
    ['x=[]', { list: 'unknown' }, []],
    ['x=""', text, ''],
    ["x='''a\nb'''", text, 'a\nb'],
    ['x=b"a"', 'unknown', null],
    ['x: str = CONSTANT', text, null],
  ])('%s', (parameter, typ, value) => {
    expect(argsOf(parameter)).toEqual([{ name: 'x', typ, hasDefault: true, default: value, otyp: undefined }])
  })
})

describe('parameters', () => {
  test('stars are told, and separators are no arguments', () => {
    const parsed = parseSignature('def main(a, /, b, *, c, **rest: str): pass')
    expect(parsed).toMatchObject({ ok: true, value: { starArgs: false, starKwargs: true } })
    expect(parsed.ok && parsed.value.args.map((arg) => arg.name)).toEqual(['a', 'b', 'c'])
    expect(parseSignature('def main(*all: int): pass')).toMatchObject({ ok: true, value: { starArgs: true, args: [] } })
  })

  test('a docstring describes arguments, in both usual forms', () => {
    const google =
      'def main(a: str, b: int):\n    """Does.\n\n    Args:\n        a (str): the first\n            of two\n        b: the second\n\n    Returns: c: nothing\n    """\n'
    const sphinx = 'def main(a: str, b: int):\n    """:param a: the first\n    :param int b: the second"""\n'
    for (const [source, first] of [
      [google, 'the first of two'],
      [sphinx, 'the first'],
    ] as const) {
      const parsed = parseSignature(source)
      expect(parsed.ok && parsed.value.args.map((arg) => arg.otyp)).toEqual([first, 'the second'])
    }
  })
})

describe('what is main', () => {
  test.each<[string, unknown]>([
    ['def main(): pass', { autoKind: null }],
    ['async def main(): pass', { autoKind: null }],
    ['@decorated\ndef main(): pass', { autoKind: null }],
    ['@workflow\nasync def main(): pass', { autoKind: 'wac' }],
    ['@wmill.workflow(tag="x")\nasync def main(): pass', { autoKind: 'wac' }],
    ['def helper(): pass', { autoKind: 'lib' }],
    ['class A:\n    def main(self): pass', { autoKind: 'lib' }],
    ['main = lambda: 1', { autoKind: 'lib' }],
    ['', { autoKind: 'lib' }],
    ['def preprocessor(event): pass\ndef main(a): pass', { autoKind: null, hasPreprocessor: true }],
    ['def main(a): pass\ndef main(b): pass', { args: [{ name: 'b' }] }],
  ])('%s', (source, expected) => {
    expect(parseSignature(source)).toMatchObject({ ok: true, value: expected })
  })

  test('a syntax error names its line', () => {
    expect(parseSignature('import os\n\ndef main(a:\n    pass\n')).toMatchObject({ ok: false, error: { line: 3 } })
  })
})
