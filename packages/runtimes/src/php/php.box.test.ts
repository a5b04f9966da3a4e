import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { php } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `<?php function main() { return ['answer' => 42, 'list' => [1, null, 'é']]; }`,
  echo: `<?php function main($value) { return $value; }`,
  failing: {
    source: `<?php\nfunction main() {\n  throw new DomainException('the cake is a ' . 'lie');\n}`,
    line: 3,
  },
  broken: { source: `<?php\nfunction main( {\n  return 1;\n}`, mentions: 'main.php:2' },
  greeting: `<?php function main(string $name = 'nobody') { return $name; }`,
  chatty: `<?php function main() { for ($n = 1; $n <= 1000; $n++) echo "line $n\\n"; return 'done'; }`,
  environment: `<?php function main() { return getenv('WM_TOKEN') . ' ' . $_ENV['WM_WORKSPACE']; }`,
  large: `<?php function main() { return str_repeat('é', 1048576); }`,
  closing: `<?php function main() { if (class_exists('FFI')) FFI::cdef('int close(int fd);')->close(3); return 'done'; }`,
  garbling: `<?php function main() { for ($n = 3; $n <= 600; $n++) if ($f = @fopen("php://fd/$n", 'w')) @fwrite($f, 'garbage'); return 'done'; }`,
  leaving: `<?php function main() { exit(0); }`,
  exiting: `<?php function main() { exit(3); }`,
  parenting: `<?php function main() { exec('setsid sleep 86399 >/dev/null 2>&1 </dev/null &'); return 'done'; }`,
  stubborn: `<?php function main() { pcntl_async_signals(true); pcntl_signal(SIGTERM, fn() => null); echo 'ready'; for (;;) sleep(1000); }`,
  spinning: `<?php function main() { echo 'ready'; for (;;); }`,
  littering: `<?php function main() { foreach (['/tmp', '/dev/shm', '.'] as $f) @touch("$f/left-behind"); return 'done'; }`,
  looking: `<?php function main() { return implode(' ', array_merge(...array_map(fn($f) => @scandir($f) ?: [], ['/tmp', '/dev/shm', '.']))); }`,
}

describe('every runtime', () => {
  testRuntime(php, samples, () => openRuntimeHost(php))
})

describe('php', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(php)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })
  const run = (source: string, args: Record<string, unknown> = {}) => host.run(`<?php\n${source}`, { args }).ended

  test.each([
    ['nothing', 'return;', null],
    ['a fraction of zero', 'return 10.0;', 10],
    ['a slash and an umlaut', `return 'ü/';`, 'ü/'],
    ['an object of a class', 'class P { public $x = 1; private $y = 2; } return new P;', { x: 1 }],
    ['a generator', 'return (function () { yield 1; yield 2; })();', [1, 2]],
    ['an enumeration', `enum S: string { case A = 'a'; } return S::A;`, 'a'],
  ])('%s as a result', async (_name, body, value) => {
    const [, declaration = '', statement = body] = /^((?:class|enum) .*\} )(return .*)$/.exec(body) ?? []
    expect(await run(`${declaration}function main() { ${statement} }`)).toMatchObject({ kind: 'result', value })
  })

  test.each([
    ['bytes that are no UTF-8', `"\\xff"`, 'Malformed UTF-8'],
    ['infinity', 'INF', 'Inf and NaN'],
    ['an open file', `fopen('php://memory', 'r')`, 'Type is not supported'],
  ])('%s cannot be a result, and the failure says why', async (_name, expression, reason) => {
    expect(await run(`function main() { return ${expression}; }`)).toMatchObject({
      error: { message: expect.stringMatching(new RegExp(`^main returned a value that is no JSON: ${reason}`)) },
    })
  })

  test('arguments go by their names, those not given are null or their default', async () => {
    const source =
      'function main(string $b, ?int $a, $c, int $d = 4, ?array $e = null) { return [$b, $a, $c, $d, $e]; }'
    expect(await run(source, { a: 1, b: 'x' })).toMatchObject({ value: ['x', 1, null, 4, null] })
    expect(await run(source, { e: [1], b: 'x', d: null })).toMatchObject({ value: ['x', null, null, 4, [1]] })
  })

  test('a required argument that is not given is named', async () => {
    expect(await run('function main(int $a, string $name) {}', { a: 1 })).toMatchObject({
      error: { name: 'ArgumentCountError', message: 'main(): Argument #2 ($name) not passed' },
    })
  })

  test('an argument of another type is named, and none of our files', async () => {
    const end = await run('function main(int $n) {}', { n: 'many' })
    expect(end).toMatchObject({
      error: { name: 'TypeError', message: 'main(): Argument #1 ($n) must be of type int, string given' },
    })
  })

  test('an object is a stdClass, or an array where main asks for one', async () => {
    const source = 'function main($o, array $a) { return [get_class($o), $o->x->y, $a["k"]]; }'
    expect(await run(source, { o: { x: { y: 1 } }, a: { k: 2 } })).toMatchObject({ value: ['stdClass', 1, 2] })
  })

  test('dates, enumerations, classes and types of resources arrive as such', async () => {
    const source = `enum Suit: string { case Hearts = 'H'; }
      class Point { public ?string $label; function __construct(public readonly int $x, private int $y = 7) {} function sum() { return $this->x + $this->y; } }
      function main(DateTimeInterface $at, Suit $suit, Point $p, \\Acme\\Slack $slack, Postgresql $db) {
        return [$at->format('Y'), $suit->name, $p->sum(), $p->label, $slack->token, get_class($db)];
      }`
    const args = { at: '2024-05-06T07:08:09Z', suit: 'H', p: { x: 1, label: 'l' }, slack: { token: 't' }, db: {} }
    expect(await run(source, args)).toMatchObject({ value: ['2024', 'Hearts', 8, 'l', 't', 'Postgresql'] })
  })

  test('further arguments arrive in a variadic parameter, by name', async () => {
    const source = 'function main($a, ...$rest) { return $rest; }'
    expect(await run(source, { a: 1, b: 2, c: 3 })).toMatchObject({ value: { b: 2, c: 3 } })
  })

  test('variables outside of functions are global', async () => {
    const source = '$n = 5; function main() { global $n; return [$n, $GLOBALS["argv"]]; }'
    expect(await run(source)).toMatchObject({ value: [5, ['/job/main.php']] })
  })

  test('the stack has each call of the script and the causes, and no arguments', async () => {
    const source = `function inner($secret) { throw new LogicException('in'); }
function outer() { try { inner('hidden'); } catch (Exception $e) { throw new RuntimeException('out', 0, $e); } }
function main() { outer(); }`
    const end = await run(source)
    const stack = [
      'thrown at main.php:3',
      'called at main.php:4: outer()',
      'caused by LogicException: in',
      'thrown at main.php:2',
      'called at main.php:3: inner()',
      'called at main.php:4: outer()',
    ]
    expect(end).toMatchObject({ error: { name: 'RuntimeException', message: 'out', stack: stack.join('\n') } })
  })

  test.each([
    [
      'an error that ends PHP',
      'function main() { trigger_error("enough", E_USER_ERROR); }',
      /^enough \(main\.php:2\)$/,
    ],
    [
      'a class that does not fit',
      'class A implements Countable {}\nfunction main() {}',
      /abstract method.*main\.php:2/,
    ],
    [
      'its own limit of memory',
      'ini_set("memory_limit", "4M");\nfunction main() { str_repeat("x", 1 << 24); }',
      /memory/,
    ],
  ])('%s is told with its place', async (_name, source, message) => {
    expect(await run(source)).toMatchObject({
      error: {
        name: 'FatalError',
        message: expect.stringMatching(message),
        stack: expect.stringMatching(/main.php:\d/),
      },
    })
  })

  test('a job that eats all memory of its box fails for that, PHP has no limit of its own', async () => {
    expect(await run('function main() { for (;;) $all[] = str_repeat("x", 1 << 20); }')).toMatchObject({
      error: { name: 'OutOfMemory', message: expect.stringContaining('512 MB') },
    })
  })

  test('a warning stands in the log and does no harm', async () => {
    const end = await run('function main() { echo $undefined; return 1; }')
    expect(end).toMatchObject({ kind: 'result', value: 1, log: expect.stringMatching(/Undefined variable.*main\.php/) })
  })

  test('an error handler that throws makes warnings failures', async () => {
    const source = `set_error_handler(function ($no, $text) { throw new ErrorException($text); });
function main() { return $undefined; }`
    expect(await run(source)).toMatchObject({
      error: { name: 'ErrorException', message: 'Undefined variable $undefined' },
    })
  })

  test('a child of the script cannot answer for it', async () => {
    const source = `function main() { exec('for n in /proc/self/fd/*; do echo garbage >&\${n##*/}; done 2>/dev/null'); return 'done'; }`
    expect(await run(source)).toMatchObject({ kind: 'result', value: 'done' })
  })

  test('what fails after main has returned fails the job', async () => {
    const source = 'register_shutdown_function(fn() => throw new Exception("too late")); function main() { return 1; }'
    expect(await run(source)).toMatchObject({ error: { message: expect.stringContaining('too late') } })
  })

  test('what is printed is seen at once', async () => {
    const running = host.run('<?php function main() { echo "a"; print("b"); for (;;) sleep(1000); }')
    await running.logged('ab')
    running.kill('SIGKILL')
    expect(await running.ended).toMatchObject({ kind: 'error', log: 'ab' })
  })

  test('a script without main says so, and one without the tag what to do', async () => {
    expect(await run('$a = 1;')).toMatchObject({ error: { message: 'the script has no function main' } })
    expect(await host.run('function main() {}').ended).toMatchObject({
      error: { message: 'the script has no function main: it has to begin with <?php' },
    })
  })
})
