import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { python3 } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `def main():\n    return {"answer": 42, "list": [1, None, "é"]}`,
  echo: `def main(value):\n    return value`,
  failing: { source: `def main():\n    cake = "lie"\n    raise KeyError(f"the cake is a {cake}")`, line: 3 },
  broken: { source: `def main(:\n    return 1`, mentions: 'line 1' },
  greeting: `def main(name: str = "nobody"):\n    return name`,
  chatty: `def main():\n    for n in range(1, 1001):\n        print(f"line {n}")\n    return "done"`,
  environment: `import os\ndef main():\n    return os.environ.get("WM_TOKEN", "") + " " + os.environ["WM_WORKSPACE"]`,
  large: `def main():\n    return "é" * 1048576`,
  closing: `import os\ndef main():\n    try:\n        os.close(3)\n    except OSError:\n        pass\n    return "done"`,
  garbling: `import os\ndef main():\n    for n in range(3, 601):\n        try:\n            os.write(n, b"garbage")\n        except OSError:\n            pass\n    return "done"`,
  leaving: `import sys\ndef main():\n    sys.exit(0)`,
  exiting: `import os\ndef main():\n    os._exit(3)`,
  parenting: `import subprocess\ndef main():\n    n = subprocess.DEVNULL\n    subprocess.Popen(["sleep", "86399"], stdin=n, stdout=n, stderr=n, start_new_session=True)\n    return "done"`,
  parting: `import atexit\ndef main():\n    atexit.register(print, "bye")\n    return "done"`,
  stubborn: `import signal, time\ndef main():\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    print("ready")\n    time.sleep(9e6)`,
  spinning: `def main():\n    print("ready")\n    while True:\n        pass`,
  littering: `import builtins\ndef main():\n    builtins.left = "left-behind"\n    for f in ("/tmp", "/dev/shm", "."):\n        try:\n            open(f + "/left-behind", "w").close()\n        except OSError:\n            pass\n    return "done"`,
  looking: `import builtins, os\ndef main():\n    names = []\n    for f in ("/tmp", "/dev/shm", "/dev", ".", "/jobs"):\n        try:\n            names += os.listdir(f)\n        except OSError:\n            pass\n    return ",".join(names) + getattr(builtins, "left", "")`,
}

describe('every runtime, forked from a zygote', () => {
  testRuntime(python3, samples, () => openRuntimeHost(python3))
})
describe('every runtime, without nested boxes', () => {
  testRuntime(python3, samples, () => openRuntimeHost(python3, { nested: false }))
})

describe('python3', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(python3)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })

  test.each([
    ['a datetime', 'datetime.datetime(2024, 5, 6, 7, 8)', '2024-05-06T07:08:00'],
    ['a date', '[datetime.date(2024, 5, 6)]', ['2024-05-06']],
    ['bytes', '{"a": b"abc"}', { a: 'YWJj' }],
    ['decimals', '[decimal.Decimal("1.5"), decimal.Decimal(3)]', [1.5, 3]],
    ['not a number', '[float("nan"), float("inf"), {"a": (1, float("nan"))}]', [null, null, { a: [1, null] }]],
    ['a set', '{7}', [7]],
    ['a generator', '(n * n for n in range(3))', [0, 1, 4]],
    ['a lone surrogate', '"\\ud800"', '\ud800'],
    [
      'keys that are no texts',
      '{1: 2, datetime.date(2024, 5, 6): 3, (1, 2): float("nan"), None: 4}',
      { 1: 2, '2024-05-06': 3, '(1, 2)': null, null: 4 },
    ],
    ['what is lazy', '[range(2), map(str, [1]), {"a": 1}.values(), collections.deque([3])]', [[0, 1], ['1'], [1], [3]]],
    [
      'a frame of rows',
      'type("DataFrame", (), {"to_dict": lambda self, how: [{"how": how, "n": float("nan")}]})()',
      [{ how: 'records', n: null }],
    ],
    ['an array', '[type("ndarray", (), {"tolist": lambda self: [1, 2]})()]', [[1, 2]]],
    [
      'a model',
      '{"m": type("Model", (), {"model_dump": lambda self: {"d": datetime.date(2024, 5, 6)}})()}',
      { m: { d: '2024-05-06' } },
    ],
    ['a time that is missing', '[type("NaTType", (datetime.datetime,), {})(1, 1, 1)]', [null]],
  ])('%s as a result', async (_name, expression, value) => {
    const source = `import collections, datetime, decimal\ndef main():\n    return ${expression}`
    expect(await host.run(source).ended).toMatchObject({ kind: 'result', value })
  })

  test('an async main is awaited, an async generator collected', async () => {
    const source = `import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    return 1`
    expect(await host.run(source).ended).toMatchObject({ value: 1 })
    expect(await host.run(`async def main():\n    yield 1\n    yield 2`).ended).toMatchObject({ value: [1, 2] })
  })

  test('a result that is not to be converted is its text where it is no JSON', async () => {
    const source = `#skip_result_postprocessing\nimport datetime\ndef main():\n    return [1, float("nan"), datetime.date(2024, 5, 6), b"a"]`
    expect(await host.run(source).ended).toMatchObject({ value: [1, null, '2024-05-06', "b'a'"] })
  })

  test('a value that contains itself is a failure that says so', async () => {
    const end = await host.run(`def main():\n    a = []\n    a.append(a)\n    return a`).ended
    expect(end).toMatchObject({ error: { name: 'ValueError', message: expect.stringContaining('Circular reference') } })
  })

  test('a value that is no JSON is a failure that says so', async () => {
    const end = await host.run(`def main():\n    return object()`).ended
    expect(end).toMatchObject({
      error: { name: 'TypeError', message: expect.stringContaining('not JSON serializable') },
    })
  })

  test('**kwargs takes what is left', async () => {
    const source = `def main(a, **rest):\n    return [a, rest]`
    expect(await host.run(source, { args: { a: 1, b: 2 } }).ended).toMatchObject({ value: [1, { b: 2 }] })
  })

  test('bytes and dates arrive as what they are declared to be', async () => {
    const source = `from datetime import datetime, date\ndef main(a: bytes, b: datetime, c: date | None = None):\n    return [a.decode(), b.year, c.isoformat()]`
    const args = { a: 'YWJj', b: '2024-05-06T07:08:09.000Z', c: '2024-05-06' }
    expect(await host.run(source, { args }).ended).toMatchObject({ value: ['abc', 2024, '2024-05-06'] })
  })

  test('a default that is a call is made, even when a form sends its placeholder', async () => {
    const source = `def fresh():\n    return "fresh"\ndef main(a=fresh()):\n    return a`
    expect(await host.run(source, { args: { a: '<function call>' } }).ended).toMatchObject({ value: 'fresh' })
  })

  test('sys.exit says with what', async () => {
    const end = await host.run(`import sys\ndef main():\n    sys.exit("no more cake")`).ended
    expect(end).toMatchObject({ error: { name: 'SystemExit', message: 'no more cake' } })
  })

  test('the name is that of the exception, and its stack has the user’s frames only', async () => {
    const end = await host.run(`def deep():\n    return 1 / 0\ndef main():\n    return deep()`).ended
    expect(end).toMatchObject({ error: { name: 'ZeroDivisionError', message: 'division by zero' } })
    const stack = end.kind === 'error' ? end.error.stack : ''
    expect(stack).toMatch(/line 4, in main[\s\S]*line 2, in deep/)
    expect(stack).not.toContain('runner')
  })

  test('a job has no rights to give itself more', async () => {
    const source = `import ctypes\ndef main():\n    libc = ctypes.CDLL(None, use_errno=True)\n    status = open("/proc/self/status").read()\n    return {"caps": [l.split()[1] for l in status.splitlines() if l.startswith("Cap")], "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), "unshare": libc.unshare(0x20000000), "seccomp": "Seccomp:\\t2" in status, "nnp": "NoNewPrivs:\\t1" in status}`
    const none = '0000000000000000'
    expect(await host.run(source).ended).toMatchObject({
      value: { caps: [none, none, none, none, none], mount: -1, unshare: -1, seccomp: true, nnp: true },
    })
  })

  test('a job sees its own processes only', async () => {
    const source = `import os\ndef main():\n    return sorted(int(n) for n in os.listdir("/proc") if n.isdigit())`
    const end = await host.run(source).ended
    expect(end.kind === 'result' ? end.value : end).toEqual([1])
  })

  test('SIGTERM ends a script with what it started, and tells so', async () => {
    const source = `import subprocess, time\ndef main():\n    subprocess.Popen(["sleep", "86398"])\n    print("ready")\n    time.sleep(9e6)`
    const run = host.run(source)
    await run.logged('ready')
    run.kill('SIGTERM')
    expect(await run.ended).toMatchObject({ error: { message: expect.stringContaining('SIGTERM') } })
    expect(await host.run(samples.echo, { args: { value: 1 } }).ended).toMatchObject({ value: 1 })
  })

  test('a job is a process like any other: threads, signals to itself, processes below it', async () => {
    const source = `import multiprocessing, os, signal, subprocess, threading
def square(n):
    return n * n
def main():
    heard = []
    signal.signal(signal.SIGUSR1, lambda *_: heard.append("main"))
    thread = threading.Thread(target=lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1))
    thread.start(); thread.join()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        squares = pool.map(square, [2, 3])
    said = subprocess.run(["sh", "-c", "echo $PPID"], capture_output=True, text=True).stdout
    return [heard, squares, said == f"{os.getpid()}\\n", threading.get_native_id() == os.getpid()]`
    expect(await host.run(source).ended).toMatchObject({ value: [['main'], [4, 9], true, true] })
  })

  test('a job that forks without end ends by its own fault, and the next one runs', async () => {
    const source = `import os\ndef main():\n    while True:\n        if os.fork() == 0:\n            __import__("time").sleep(60)`
    expect(await host.run(source).ended).toMatchObject({ kind: 'error', error: { name: 'BlockingIOError' } })
    expect(await host.run(samples.echo, { args: { value: 1 } }).ended).toMatchObject({ value: 1 })
  })

  test('jobs at the same time do not meet', async () => {
    const source = `import os, time\ndef main(n):\n    open("/tmp/mine", "x").write(str(n))\n    open("mine", "x").write(str(n))\n    time.sleep(0.05)\n    return [open("/tmp/mine").read(), open("mine").read(), os.listdir("/tmp")]`
    const runs = Array.from({ length: 8 }, (_, n) => host.run(source, { args: { n } }).ended)
    const values = (await Promise.all(runs)).map((end) => (end.kind === 'result' ? end.value : end.error))
    expect(values).toEqual(values.map((_, n) => [String(n), String(n), ['mine']]))
  })

  test('a job that eats all memory fails for that, and the next one runs', async () => {
    const end = await host.run(`def main():\n    return len(bytearray(2 << 30))`).ended
    expect(end).toMatchObject({
      kind: 'error',
      error: { name: 'OutOfMemory', message: expect.stringContaining('512 MB') },
    })
    expect(await host.run(samples.echo, { args: { value: 1 } }).ended).toMatchObject({ value: 1 })
  })
})
