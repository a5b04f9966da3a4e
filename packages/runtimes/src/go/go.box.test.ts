import { createServer } from 'node:http'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { lockOf } from '../shared/testing/lock-of.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { go } from './index.ts'

function script(imports: readonly string[], body: string): string {
  return `package inner\n\nimport (\n${imports.map((name) => `\t"${name}"`).join('\n')}\n)\n\n${body}`
}

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `package inner\n\nfunc main() (map[string]any, error) {\n\treturn map[string]any{"answer": 42, "list": []any{1, nil, "é"}}, nil\n}`,
  echo: `package inner\n\nfunc main(value any) (any, error) { return value, nil }`,
  failing: { source: `package inner\n\nfunc main() (any, error) {\n\tpanic("the cake is a lie")\n}`, line: 4 },
  broken: {
    source: `package inner\n\nfunc main() (any, error) {\n\treturn undefinedName, nil\n}`,
    mentions: 'main.go:4',
  },
  greeting: undefined,
  chatty: script(
    ['fmt'],
    `func main() (string, error) {\n\tfor n := 1; n <= 1000; n++ {\n\t\tfmt.Printf("line %d\\n", n)\n\t}\n\treturn "done", nil\n}`,
  ),
  environment: script(
    ['os'],
    `func main() (string, error) { return os.Getenv("WM_TOKEN") + " " + os.Getenv("WM_WORKSPACE"), nil }`,
  ),
  large: script(['strings'], `func main() (string, error) { return strings.Repeat("é", 1048576), nil }`),
  closing: script(['syscall'], `func main() (string, error) {\n\tsyscall.Close(3)\n\treturn "done", nil\n}`),
  garbling: script(
    ['syscall'],
    `func main() (string, error) {\n\tfor n := 3; n <= 600; n++ {\n\t\tsyscall.Write(n, []byte("garbage"))\n\t}\n\treturn "done", nil\n}`,
  ),
  leaving: script(['os'], `func main() (string, error) {\n\tos.Exit(0)\n\treturn "", nil\n}`),
  exiting: script(['os'], `func main() (string, error) {\n\tos.Exit(3)\n\treturn "", nil\n}`),
  parenting: script(
    ['os/exec', 'syscall'],
    `func main() (string, error) {\n\tsleep := exec.Command("sleep", "86399")\n\tsleep.SysProcAttr = &syscall.SysProcAttr{Setsid: true}\n\treturn "done", sleep.Start()\n}`,
  ),
  stubborn: script(
    ['fmt', 'os/signal', 'syscall', 'time'],
    `func main() (string, error) {\n\tsignal.Ignore(syscall.SIGTERM)\n\tfmt.Println("ready")\n\ttime.Sleep(time.Hour)\n\treturn "", nil\n}`,
  ),
  spinning: script(['fmt'], `func main() (string, error) {\n\tfmt.Println("ready")\n\tfor {\n\t}\n}`),
  littering: script(
    ['os'],
    `func main() (string, error) {\n\tfor _, folder := range []string{"/tmp", "/dev/shm", "."} {\n\t\tos.WriteFile(folder+"/left-behind", nil, 0o600)\n\t}\n\treturn "done", nil\n}`,
  ),
  looking: script(
    ['os', 'strings'],
    `func main() (string, error) {\n\tvar names []string\n\tfor _, folder := range []string{"/tmp", "/dev/shm", "."} {\n\t\tentries, _ := os.ReadDir(folder)\n\t\tfor _, entry := range entries {\n\t\t\tnames = append(names, entry.Name())\n\t\t}\n\t}\n\treturn strings.Join(names, ","), nil\n}`,
  ),
}

describe('go', () => {
  let host: RuntimeHost
  testRuntime(go, samples, async () => (host = await openRuntimeHost(go)))

  test('typed arguments arrive, and what is not given is zero', async () => {
    const source = `package inner\n\nfunc main(a string, b int, c []float64, d struct { X string \`json:"x"\` }, e map[string]bool, f *int) (any, error) {\n\treturn []any{a, b, c, d.X, e, f == nil}, nil\n}`
    const args = { a: 'x', c: [1.5], d: { x: 'y' }, e: { t: true } }
    expect(await host.run(source, { args }).ended).toMatchObject({ value: ['x', 0, [1.5], 'y', { t: true }, true] })
  })

  test('an argument of another type is named', async () => {
    const end = await host.run(`package inner\n\nfunc main(count int) (int, error) { return count, nil }`, {
      args: { count: 'many' },
    }).ended
    expect(end).toMatchObject({ error: { name: 'ArgumentError', message: expect.stringContaining('"count"') } })
  })

  test('an error that main returns fails the job with its text', async () => {
    const source = script(['errors'], `func main() (string, error) { return "", errors.New("no more cake") }`)
    expect(await host.run(source).ended).toMatchObject({ error: { name: 'error', message: 'no more cake' } })
  })

  test('main may return an error alone, or nothing', async () => {
    expect(await host.run(`package inner\n\nfunc main() error { return nil }`).ended).toMatchObject({ value: null })
    expect(await host.run(`package inner\n\nfunc main() {}`).ended).toMatchObject({ value: null })
  })

  const withModule = script(
    ['github.com/google/uuid'],
    `func main(text string) (string, error) {\n\tid, err := uuid.Parse(text)\n\treturn id.String(), err\n}`,
  )
  const text = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

  test('an import without a lock fails with what to do', async () => {
    const { error } = Object(await host.run(withModule).ended)
    expect(error.message).toContain('its lock does not have')
    expect(error.message).toContain('main.go:4')
  })

  test('an import is pinned, and the lock is all that a later run needs: no registry is asked', async () => {
    const lock = await lockOf(host, withModule)
    expect(lock).toMatch(/^module job\n[^]*uuid v1\.[^]*\n\/\/go\.sum\n[^]*h1:/)
    let requests = 0
    const server = createServer((_, reply) => {
      requests += 1
      reply.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const registryEnv = { GOPROXY: `http://127.0.0.1:${port}`, GONOSUMDB: '*' }
    expect(
      await host.run(withModule, { args: { text }, script: { path: undefined, lock }, registryEnv }).ended,
    ).toMatchObject({ value: text })
    expect(
      await host.run(withModule, { args: { text }, script: { path: undefined, lock }, registryEnv }).ended,
    ).toMatchObject({ value: text })
    expect(requests).toBe(0)
    // The same server is asked for what no lock has yet, so it would have seen the others.
    const unknown = script(['example.com/none'], `func main() error { none.Do(); return nil }`)
    await expect(lockOf(host, unknown, registryEnv)).rejects.toThrow('example.com/none')
    expect(requests).toBeGreaterThan(0)
    server.close()
  })

  testSecondRun(
    () => host,
    async () => ({
      source: withModule,
      input: { args: { text }, script: { path: undefined, lock: await lockOf(host, withModule) } },
      value: text,
    }),
  )

  test('a go.mod in the source pins versions, and a lock of another module name is taken', async () => {
    const lock = await lockOf(host, `//go_mod:\n// require github.com/google/uuid v1.5.0\n${withModule}`)
    expect(lock).toContain('github.com/google/uuid v1.5.0\n')
    const foreign = lock?.replace('module job', 'module mymod')
    expect(
      await host.run(withModule, { args: { text }, script: { path: undefined, lock: foreign } }).ended,
    ).toMatchObject({ value: text })
  })

  test('a script of the standard library has no lock', async () => {
    expect(await lockOf(host, go.info.starter)).toBeUndefined()
  })

  test('a script without main says so', async () => {
    const end = await host.run(`package inner\n\nfunc other() {}`).ended
    expect(end).toMatchObject({ error: { message: 'the script has no function main' } })
  })
})
