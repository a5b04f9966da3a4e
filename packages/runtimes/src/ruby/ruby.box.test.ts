import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { ruby } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `def main = { answer: 42, list: [1, nil, 'é'] }`,
  echo: `def main(value) = value`,
  failing: { source: `def main\n  text = 'lie'\n  raise ArgumentError, "the cake is a #{text}"\nend`, line: 3 },
  broken: { source: `def main(\n  return 1 +\nend`, mentions: 'main.rb:' },
  greeting: `def main(name = 'nobody') = name`,
  chatty: `def main\n  1.upto(1000) { |n| puts "line #{n}" }\n  'done'\nend`,
  environment: `def main = "#{ENV['WM_TOKEN']} #{ENV['WM_WORKSPACE']}"`,
  large: `def main = 'é' * 1_048_576`,
  closing: `def main\n  IO.for_fd(3).close rescue nil\n  'done'\nend`,
  garbling: `def main\n  3.upto(600) { |n| IO.for_fd(n, 'w', autoclose: false).syswrite('garbage') rescue nil }\n  'done'\nend`,
  leaving: `def main = exit`,
  exiting: `def main = exit(3)`,
  parenting: `def main\n  spawn('setsid sleep 86399', %i[in out err] => '/dev/null')\n  'done'\nend`,
  stubborn: `def main\n  trap('TERM', 'IGNORE')\n  puts 'ready'\n  loop { sleep 1000 }\nend`,
  spinning: `def main\n  puts 'ready'\n  loop {}\nend`,
  littering: `require 'fileutils'\ndef main\n  %w[/tmp /dev/shm .].each { |f| FileUtils.touch("#{f}/left-behind") rescue nil }\n  'done'\nend`,
  looking: `def main = %w[/tmp /dev/shm .].flat_map { |f| Dir.children(f) rescue [] }.join(' ')`,
}

describe('every runtime', () => {
  testRuntime(ruby, samples, () => openRuntimeHost(ruby))
})

describe('ruby', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(ruby)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })
  const run = (source: string, args: Record<string, unknown> = {}) => host.run(source, { args }).ended

  test.each([
    ['nothing', 'nil', null],
    ['a symbol', ':ok', 'ok'],
    ['a time', 'Time.utc(2024, 5, 6, 7)', '2024-05-06T07:00:00Z'],
    ['a date', 'Date.new(2024, 5, 6)', '2024-05-06'],
    ['a set', 'Set[1, 2]', [1, 2]],
    ['a struct', 'Struct.new(:a).new(1)', { a: 1 }],
    ['an enumerator', '(1..3).each_slice(2)', [[1, 2], [3]]],
    ['keys that are no texts', '{ 1 => 2, nil => 3 }', { 1: 2, '': 3 }],
    ['bytes that are UTF-8', `"\\xC3\\xA9".b`, 'é'],
  ])('%s as a result', async (_name, expression, value) => {
    expect(await run(`def main = ${expression}`)).toMatchObject({ kind: 'result', value })
  })

  test.each([
    ['NaN', 'Float::NAN', 'NaN is no number'],
    ['an infinity', '[{ a: Float::INFINITY }]', 'Infinity is no number'],
    ['bytes that are no UTF-8', `"\\xff\\xfe"`, 'bytes that are no UTF-8'],
    ['a list that contains itself', '[].tap { |list| list << list }', 'contains itself'],
    ['an object', 'Object.new', 'the class Object has no method to_h'],
  ])('%s cannot be a result, and the failure says why', async (_name, expression, reason) => {
    expect(await run(`def main = ${expression}`)).toMatchObject({
      error: { name: 'TypeError', message: expect.stringContaining(`main returned a value that is no JSON: `) },
    })
    expect(await run(`def main = ${expression}`)).toMatchObject({ error: { message: expect.stringContaining(reason) } })
  })

  test('arguments go by their names, positional and keyword alike, and others to the rest', async () => {
    const source = 'def main(a, b = 2, c = [3], *rest, d:, e: 5, **others) = [a, b, c, rest, d, e, others]'
    expect(await run(source, { d: 4, a: 1, z: 0 })).toMatchObject({ value: [1, 2, [3], [], 4, 5, { z: 0 }] })
    expect(await run(source, { d: 4, a: 1, c: 9, e: 0 })).toMatchObject({ value: [1, 2, 9, [], 4, 0, {}] })
  })

  test('an argument that is not given is named', async () => {
    for (const source of ['def main(a, city) = 1', 'def main(a, city:) = 1'])
      expect(await run(source, { a: 1 })).toMatchObject({
        error: { name: 'ArgumentError', message: 'main: the argument city is not given' },
      })
    const source = 'def main(a = Time.now, b = 2) = b'
    expect(await run(source, { b: 1 })).toMatchObject({ error: { message: expect.stringContaining('is computed') } })
  })

  test('a script without main says so', async () => {
    expect(await run('def other = 1')).toMatchObject({ error: { message: 'the script has no method main' } })
  })

  test('an argument of another type fails in the words of Ruby, with its line', async () => {
    const end = await run('def main(n)\n  n + 1\nend', { n: 'many' })
    expect(end).toMatchObject({ error: { name: 'TypeError', stack: expect.stringContaining('main.rb:2:') } })
  })

  test('a script that asks for no library finds them all the same, and is told what it may have meant', async () => {
    expect(await run(`def main = Object.const_get(%w[Open 3].join).name`)).toMatchObject({ value: 'Open3' })
    expect(await run('def main = Missing')).toMatchObject({
      error: { name: 'NameError', message: expect.stringMatching(/^uninitialized constant Missing/) },
    })
    expect(await run('def main = [1].frist')).toMatchObject({
      error: { name: 'NoMethodError', message: expect.stringContaining('Did you mean?  first') },
    })
  })

  test('causes are told', async () => {
    const source = `def main\n  begin\n    raise 'in'\n  rescue => e\n    raise IOError, 'out'\n  end\nend`
    expect(await run(source)).toMatchObject({
      error: {
        name: 'IOError',
        stack: expect.stringMatching(/main\.rb:5.*\n(.*\n)*caused by RuntimeError: in\nmain\.rb:3/),
      },
    })
  })

  test('what a script does when it is started by itself is not done', async () => {
    const source = `def main = 'main'\nif __FILE__ == $PROGRAM_NAME\n  raise 'started'\nend`
    expect(await run(source)).toMatchObject({ value: 'main' })
  })
})
