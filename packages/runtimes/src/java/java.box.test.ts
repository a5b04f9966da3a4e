import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { lockOf } from '../shared/testing/lock-of.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { java } from './index.ts'

function script(body: string, imports: readonly string[] = []): string {
  const head = imports.map((name) => `import ${name};\n`).join('')
  return `${head}public class Main {\n    public static Object main${body}\n}\n`
}

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: script('() {\n        return Map.of("answer", 42, "list", Arrays.asList(1, null, "é"));\n    }', [
    'java.util.Map',
    'java.util.Arrays',
  ]),
  echo: script('(Object value) { return value; }'),
  failing: { source: script('() {\n        throw new IllegalStateException("the cake is a lie");\n    }'), line: 3 },
  broken: { source: script('() {\n        return undefinedName;\n    }'), mentions: 'Main.java:3' },
  greeting: undefined,
  chatty: script(
    '() {\n        for (int n = 1; n <= 1000; n++) System.out.println("line " + n);\n        return "done";\n    }',
  ),
  environment: script('() { return System.getenv("WM_TOKEN") + " " + System.getenv("WM_WORKSPACE"); }'),
  large: script('() { return "é".repeat(1048576); }'),
  closing: script(
    '() throws Exception {\n        new ProcessBuilder("sh", "-c", "exec 3>&-").inheritIO().start().waitFor();\n        try (var stream = new FileOutputStream("/proc/self/fd/3")) {} catch (java.io.IOException absent) {}\n        return "done";\n    }',
    ['java.io.FileOutputStream'],
  ),
  garbling: script(
    '() {\n        for (int n = 3; n <= 600; n++) {\n            try {\n                var make = FileDescriptor.class.getDeclaredConstructor(int.class);\n                make.setAccessible(true);\n                new FileOutputStream(make.newInstance(n)).write("garbage".getBytes());\n            } catch (Exception absent) {}\n        }\n        return "done";\n    }',
    ['java.io.FileDescriptor', 'java.io.FileOutputStream'],
  ),
  leaving: script('() {\n        System.exit(0);\n        return null;\n    }'),
  exiting: script('() {\n        System.exit(3);\n        return null;\n    }'),
  parenting: script(
    '() throws Exception {\n        new ProcessBuilder("setsid", "sleep", "86399").start();\n        return "done";\n    }',
  ),
  stubborn: script(
    '() throws Exception {\n        sun.misc.Signal.handle(new sun.misc.Signal("TERM"), (signal) -> {});\n        System.out.println("ready");\n        Thread.sleep(3600000);\n        return null;\n    }',
  ),
  parting: script(
    '() {\n        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));\n        return "done";\n    }',
  ),
  spinning: script('() {\n        System.out.println("ready");\n        while (true) {}\n    }'),
  littering: script(
    '() {\n        for (String folder : new String[] {"/tmp", "/dev/shm", "."}) {\n            try {\n                Files.write(Path.of(folder, "left-behind"), new byte[0]);\n            } catch (java.io.IOException refused) {}\n        }\n        return "done";\n    }',
    ['java.nio.file.Files', 'java.nio.file.Path'],
  ),
  looking: script(
    '() {\n        StringBuilder names = new StringBuilder();\n        for (String folder : new String[] {"/tmp", "/dev/shm", "."}) {\n            String[] found = new java.io.File(folder).list();\n            names.append(found == null ? "" : String.join(",", found));\n        }\n        return names.toString();\n    }',
  ),
}

describe('java', () => {
  let host: RuntimeHost
  testRuntime(java, samples, async () => (host = await openRuntimeHost(java)))

  test('our part is compiled whatever the locale of the server', async (context) => {
    if (!host.toolchain.found) return context.skip(host.toolchain.problem)
    const folder = await mkdtemp(join(tmpdir(), 'millrace-java-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('LC_ALL', 'C')
    const found = await java.findToolchain({ toolchainFolder: folder, isReachable: () => Promise.resolve(true) })
    expect(found).toMatchObject({ found: true })
  })

  test('typed arguments arrive by name, and results are written by their members', async () => {
    const source = `import java.time.LocalDate;
import java.util.*;
public class Main {
    enum Suit { HEARTS, SPADES }
    record Point(int x, List<Double> more) {}
    static class Person { public String name; private int age; public int getAge() { return age; } }
    public static Object main(String a, int b, Long c, double[] d, Suit e, Point f, Person g, LocalDate h, byte[] i,
            Optional<String> j, Map<String, Integer> k, String... l) {
        List<Object> all = new ArrayList<>(Arrays.asList(a, b, c, d, e, f, g, h, i, j, k));
        Collections.addAll(all, (Object[]) l);
        return all;
    }
}`
    const args = {
      l: ['x', 'y'],
      a: 'é',
      b: 7,
      d: [1, 2.5],
      e: 'SPADES',
      f: { x: 1, more: [2] },
      g: { name: 'Ada', age: 36 },
      h: '2024-02-29T10:00:00Z',
      i: 'aGk=',
      k: { z: 1 },
    }
    const value = ['é', 7, null, [1, 2.5], 'SPADES', { x: 1, more: [2] }, args.g, '2024-02-29', 'aGk=', null, { z: 1 }]
    expect(await host.run(source, { args }).ended).toMatchObject({ value: [...value, 'x', 'y'] })
  })

  test.each<[string, unknown, string]>([
    ['int', 'many', 'argument "x" is "many", which is no int'],
    ['int', 1.5, 'argument "x" is 1.5, which int cannot hold'],
    ['byte', 300, 'argument "x" is 300, which byte cannot hold'],
    ['int', undefined, 'argument "x" is not given'],
    ['java.util.List<Integer>', [1, 'a'], 'argument "x" is "a", which is no Integer'],
  ])('%s does not take %j', async (type, x, message) => {
    const end = await host.run(script(`(${type} x) { return x; }`), { args: x === undefined ? {} : { x } }).ended
    expect(end).toMatchObject({ error: { name: 'ArgumentError', message } })
  })

  test('what is no JSON fails with the reason', async () => {
    const cycle = 'var list = new java.util.ArrayList<Object>(); list.add(list); return list;'
    const infinite = await host.run(script('() { return 1.0 / 0; }')).ended
    expect(infinite).toMatchObject({ error: { message: expect.stringContaining('no JSON: Infinity') } })
    const endless = await host.run(script(`() { ${cycle} }`)).ended
    expect(endless).toMatchObject({ error: { message: expect.stringContaining('contains itself') } })
  })

  test('a cause is told with its line', async () => {
    const source = script(
      '() {\n        throw new RuntimeException("outer",\n            new IllegalArgumentException("inner"));\n    }',
    )
    const { error } = Object(await host.run(source).ended)
    expect(error).toMatchObject({ name: 'RuntimeException', message: 'outer' })
    expect(error.stack).toContain('caused by java.lang.IllegalArgumentException: inner\nat Main.main (Main.java:3)')
  })

  test('an endless recursion is an error, not an end of the process', async () => {
    const source = script('() { return again(1); }\n    static int again(int n) { return again(n + 1) + 1; }')
    expect(await host.run(source).ended).toMatchObject({ error: { name: 'StackOverflowError' } })
  })

  test('a future is waited for, and a package of the source counts', async () => {
    const source = `package a.b;\n${script('() { return java.util.concurrent.CompletableFuture.supplyAsync(() -> 7); }')}`
    expect(await host.run(source).ended).toMatchObject({ value: 7 })
  })

  test('a script without main says so', async () => {
    const end = await host.run('class Main { static int other() { return 1; } }').ended
    expect(end).toMatchObject({ error: { message: 'the script has no class Main with a static method main' } })
  })

  const GSON = script('(String text) { return new com.google.gson.JsonParser().parse(text); }')

  test('coordinates are pinned with all that they need, and the lock alone runs later', async (context) => {
    context.skip(host.toolchain.found && host.toolchain.paths['maven'] === '', 'Maven is not installed')
    const source = `//requirements:\n//com.google.code.gson:gson:2.10.1\n//org.apache.commons:commons-text:1.11.0\n\n${GSON}`
    const lock = await lockOf(host, source)
    expect(lock?.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'com.google.code.gson:gson:jar:2.10.1',
      'org.apache.commons:commons-lang3:jar:3.13.0',
      'org.apache.commons:commons-text:jar:1.11.0',
      '',
    ])
    const first = await host.run(source, { args: { text: '{"a":[1]}' }, script: { path: undefined, lock } }).ended
    expect(first).toMatchObject({ value: { a: [1] } })
    // Nobody answers there, and nobody is asked.
    const registryEnv = { MAVEN_REPOSITORIES: 'http://127.0.0.1:9/' }
    const later = await host.run(source, { args: { text: '[2]' }, script: { path: undefined, lock }, registryEnv })
      .ended
    expect(later).toMatchObject({ value: [2] })
    const unknown = source.replace('gson:2.10.1', 'gson:2.9.1')
    await expect(lockOf(host, unknown, registryEnv)).rejects.toThrow('127.0.0.1:9')
  })

  testSecondRun(
    () => host,
    async () => {
      const source = `//requirements:\n//com.google.code.gson:gson:2.10.1\n\n${GSON}`
      const lock = await lockOf(host, source)
      return { source, input: { args: { text: '[2]' }, script: { path: undefined, lock } }, value: [2] }
    },
  )

  test('a file that is not what the lock says is refused', async (context) => {
    context.skip(host.toolchain.found && host.toolchain.paths['maven'] === '', 'Maven is not installed')
    const lock = `com.google.code.gson:gson:jar:2.10.1 sha256:${'0'.repeat(64)}\n`
    const end = await host.run(GSON, { args: { text: '1' }, script: { path: undefined, lock } }).ended
    expect(end).toMatchObject({ error: { message: expect.stringContaining('another file than the lock says') } })
  })

  test('coordinates that do not exist are named', async (context) => {
    context.skip(host.toolchain.found && host.toolchain.paths['maven'] === '', 'Maven is not installed')
    const source = `//requirements:\n//com.google.code.gson:gson:99.99\n${GSON}`
    await expect(lockOf(host, source)).rejects.toThrow('com.google.code.gson:gson:jar:99.99')
  })
})
