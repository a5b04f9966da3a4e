import { describe, expect, test } from 'vitest'
import { lockOf } from '../shared/testing/lock-of.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { csharp } from './index.ts'

const CALLS = `
    [DllImport("libc")] static extern int close(int descriptor);
    [DllImport("libc")] static extern IntPtr write(int descriptor, byte[] bytes, IntPtr size);
    [DllImport("libc")] static extern IntPtr signal(int number, IntPtr handler);`

/** A script whose main has its body from line 6 on. */
function script(parameters: string, body: string, members = ''): string {
  const head = 'using System; using System.Collections.Generic; using System.IO; using System.Linq;\n'
  const more = 'using System.Diagnostics; using System.Runtime.InteropServices; using System.Threading;\n'
  return `${head}${more}public class Script\n{\n    public static object Main(${parameters}) {\n${body}\n    }\n${members}\n}\n`
}

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: script('', 'return new { answer = 42, list = new object[] { 1, null, "é" } };'),
  echo: script('object value', 'return value;'),
  failing: { source: script('', '\nthrow new InvalidOperationException("the cake is a lie");'), line: 7 },
  broken: { source: script('', 'return undefinedName;'), mentions: 'main.cs(6,8)' },
  greeting: script('string name = "nobody"', 'return name;'),
  chatty: script('', 'for (var n = 1; n <= 1000; n++) Console.WriteLine("line " + n);\nreturn "done";'),
  environment: script(
    '',
    'return Environment.GetEnvironmentVariable("WM_TOKEN") + " " + Environment.GetEnvironmentVariable("WM_WORKSPACE");',
  ),
  large: script('', "return new string('é', 1048576);"),
  closing: script('', 'close(3); close(500);\nreturn "done";', CALLS),
  garbling: script(
    '',
    'for (var n = 3; n <= 600; n++) if (n != 500) write(n, new byte[] { 103, 97, 114, 98, 97, 103, 101 }, (IntPtr)7);\nwrite(500, new byte[] { 103, 97, 114, 98, 97, 103, 101 }, (IntPtr)7);\nreturn "done";',
    CALLS,
  ),
  leaving: script('', 'Environment.Exit(0);\nreturn null;'),
  exiting: script('', 'Environment.Exit(3);\nreturn null;'),
  parenting: script('', 'Process.Start("setsid", "sleep 86399");\nreturn "done";'),
  stubborn: script(
    '',
    'signal(15, (IntPtr)1);\nConsole.WriteLine("ready");\nThread.Sleep(3600000);\nreturn null;',
    CALLS,
  ),
  parting: script('', 'AppDomain.CurrentDomain.ProcessExit += (_, e) => Console.WriteLine("bye");\nreturn "done";'),
  spinning: script('', 'Console.WriteLine("ready");\nwhile (true) {}'),
  littering: script(
    '',
    'foreach (var folder in new[] { "/tmp", "/dev/shm", "." })\n    try { File.WriteAllText(folder + "/left-behind", ""); } catch (Exception) {}\nreturn "done";',
  ),
  looking: script(
    '',
    'return string.Join(",", new[] { "/tmp", "/dev/shm", "." }.Where(Directory.Exists).SelectMany(Directory.GetFileSystemEntries));',
  ),
}

describe('csharp', () => {
  let host: RuntimeHost
  testRuntime(csharp, samples, async () => (host = await openRuntimeHost(csharp)))

  test('typed arguments arrive by name, and results are written by their members', async () => {
    const members = `
    public enum Suit { Hearts, Spades }
    public struct Point { public int X; public List<double> More { get; set; } }
    public class Person { public readonly string Name; public int Age; public Person(string name) { Name = name; } }`
    const parameters =
      'string a, int b, long? c, double[] d, Suit e, Point f, Person g, DateTime h, byte[] i, Dictionary<string, int> j, Guid k, HashSet<int> m, decimal n = 1.5m, params string[] l'
    const source = script(parameters, 'return new object[] { a, b, c, d, e, f, g, h, i, j, k, m, n, l };', members)
    const args = {
      l: ['x', 'y'],
      a: 'é',
      b: 7,
      d: [1, 2.5],
      e: 'Spades',
      f: { x: 1, More: [2] },
      g: { name: 'Ada', Age: 36 },
      h: '2024-02-29T10:00:00+02:00',
      i: 'aGk=',
      j: { z: 1 },
      k: '0f8fad5b-d9cb-469f-a165-70867728950e',
      m: [3, 3],
    }
    const point = { X: 1, More: [2] }
    const value = ['é', 7, null, [1, 2.5], 'Spades', point, { Name: 'Ada', Age: 36 }, '2024-02-29T08:00:00Z']
    expect(await host.run(source, { args }).ended).toMatchObject({
      value: [...value, 'aGk=', { z: 1 }, args.k, [3], 1.5, ['x', 'y']],
    })
  })

  const CONVERTING = script(
    'int i = 0, byte b = 0, List<int> l = null, bool z = false, DateTime t = default(DateTime)',
    'return 1;',
  )

  test.each<[string, unknown, string]>([
    ['i', 'many', 'argument "i" is "many", which is no int'],
    ['i', 1.5, 'argument "i" is 1.5, which int cannot hold'],
    ['b', 300, 'argument "b" is 300, which byte cannot hold'],
    ['i', null, 'argument "i" is null, which int cannot be'],
    ['l', [1, 'a'], 'argument "l" is "a", which is no int'],
    ['z', 1, 'argument "z" is 1, which is no bool'],
    ['t', 'soon', 'argument "t" is "soon", which is no DateTime'],
  ])('%s does not take %j', async (name, value, message) => {
    const end = await host.run(CONVERTING, { args: { [name]: value } }).ended
    expect(end).toMatchObject({ error: { name: 'ArgumentError', message } })
  })

  test('what is no JSON fails with the reason', async () => {
    const source = script(
      'bool isInfinite',
      'if (isInfinite) return 1.0 / 0; var list = new List<object>(); list.Add(list); return list;',
    )
    const infinite = await host.run(source, { args: { isInfinite: true } }).ended
    expect(infinite).toMatchObject({ error: { message: 'the result is no JSON: Infinity' } })
    const endless = await host.run(source, { args: { isInfinite: false } }).ended
    expect(endless).toMatchObject({ error: { message: 'the result is no JSON: it contains itself' } })
  })

  test('a task is waited for, and a cause is told with its line', async () => {
    const source = `using System; using System.Threading.Tasks;
namespace A { static class B {
    static async Task<int> Main(bool fails) {
        await Task.Delay(1);
        if (fails) throw new Exception("outer", new ArgumentException("inner"));
        return 7;
    } } }`
    expect(await host.run(source, { args: { fails: false } }).ended).toMatchObject({ value: 7 })
    const { error } = Object(await host.run(source, { args: { fails: true } }).ended)
    expect(error).toMatchObject({ name: 'Exception', message: 'outer' })
    expect(error.stack).toMatch(/main\.cs:5\b[^]*caused by System\.ArgumentException: inner/)
  })

  test('a script without main says so', async () => {
    const end = await host.run('class A { static int Other() { return 1; } }').ended
    expect(end).toMatchObject({ error: { message: 'the script has no class with a static method Main' } })
  })

  test('a package of NuGet is refused by its name', async () => {
    const source = `#r "nuget: Humanizer, 2.14.1"\n${samples.value}`
    await expect(lockOf(host, source)).rejects.toThrow('cannot be installed for C# on Mono: Humanizer 2.14.1;')
  })
})
