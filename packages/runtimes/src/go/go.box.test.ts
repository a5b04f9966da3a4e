import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
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

describe('every runtime', () => {
  testRuntime(go, samples, () => openRuntimeHost(go))
})

describe('go', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(go)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })

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

  test('an import from outside the standard library fails with a sentence', async () => {
    const end = await host.run(
      script(['github.com/google/uuid'], `func main() (string, error) { return uuid.NewString(), nil }`),
    ).ended
    expect(end).toMatchObject({
      error: { message: expect.stringContaining('dependencies are not supported yet for Go') },
    })
  })

  test('a script without main says so', async () => {
    const end = await host.run(`package inner\n\nfunc other() {}`).ended
    expect(end).toMatchObject({ error: { message: 'the script has no function main' } })
  })
})
