import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { SandboxFault } from './sandbox.ts'
import { selfTest } from './self-test.ts'
import type { Isolation } from './spec.ts'
import { Bench, findMarked, finish, LIMITS, MB, until, type SandboxSubject } from './suite-bench.ts'

/** Registers the tests of SPEC.md for one implementation; `isolation` is what it is expected to declare. */
export function testSandbox(subject: SandboxSubject, isolation: Isolation): void {
  const bench = new Bench(subject)
  beforeAll(() => bench.open())
  afterAll(() => bench.close())

  test('it declares what it isolates, and its self-test agrees', async () => {
    expect(bench.sandbox.isolation).toEqual(isolation)
    expect(await selfTest(bench.sandbox, bench.folder)).toBeUndefined()
  })
  describe('running (SPEC 1-7)', () => {
    testRunning(bench, isolation)
  })
  describe('walls (SPEC 8-14)', () => {
    testWalls(bench, isolation)
  })
  describe('bounds (SPEC 15-18)', () => {
    testBounds(bench, isolation)
  })
  describe('room (SPEC 22-24)', () => {
    testRoom(bench, isolation)
  })
  describe('folders (SPEC 19-21)', () => {
    testFolders(bench, isolation)
  })
}

/** Registers what an implementation promises; what it declares not to do is skipped, and says so. */
function promised(isPromised: boolean): (name: string, body: () => Promise<void>) => void {
  // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- it says why there is nothing to assert
  return isPromised ? test : (name) => test(name, skipUndeclared)
}

function skipUndeclared({ skip }: TestContext): void {
  skip('this sandbox does not declare it')
}

function testRunning(bench: Bench, isolation: Isolation): void {
  test('the exit carries the code of the command (1)', async () => {
    expect((await bench.run('exit 42')).exit).toMatchObject({ code: 42, signal: null, outOfMemory: false })
  })

  test('an end by a signal shows as that signal (1)', async () => {
    expect((await bench.run('kill -KILL $$')).exit).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  test('output comes whole and in order, on both streams (2)', async () => {
    const { stdout, stderr } = await bench.run('for i in 1 2 3; do echo out $i; echo err $i >&2; done')
    expect(stdout).toBe('out 1\nout 2\nout 3\n')
    expect(stderr).toBe('err 1\nerr 2\nerr 3\n')
  })

  test('megabytes of output on both streams arrive without a stall (2)', async () => {
    const { stdout, stderr } = await bench.run(
      'head -c 8000000 /dev/zero | tr "\\0" e >&2; head -c 8000000 /dev/zero | tr "\\0" o',
    )
    expect([stdout.length, stderr.length]).toEqual([8_000_000, 8_000_000])
  })

  test('stdin is empty (2)', async () => {
    expect((await bench.run('cat; echo end')).stdout).toBe('end\n')
  })

  test('descriptor 3 carries a megabyte each way (3)', async () => {
    const box = await bench.start('cat <&3 >&3')
    const sent = randomUUID().repeat(MB / 36)
    box.control.end(sent)
    expect((await text(box.control)) === sent).toBe(true)
    expect((await box.exited).code).toBe(0)
  })

  test('the job inherits descriptors 0 to 3 and no other (3)', async () => {
    const { stdout } = await bench.run('for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "${fd##*/}"; done')
    const descriptors = stdout.trim().split('\n')
    expect(descriptors).toEqual(['0', '1', '2', '3'])
  })

  test('the environment is exactly what was given (4)', async () => {
    const env = { PATH: '/usr/bin:/bin', ODD: 'a b\n$c\'"', EMPTY: '' }
    const box = await bench.sandbox.start({ ...bench.spec(''), env, argv: ['/usr/bin/env', '-0'] })
    const seen = (await text(box.stdout)).split('\0').filter((entry) => entry && !entry.startsWith('PWD='))
    expect(seen.sort()).toEqual(['EMPTY=', `ODD=${env.ODD}`, `PATH=${env.PATH}`])
  })

  test('SIGTERM reaches the job, which may still clean up (5)', async () => {
    const box = await bench.start('trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.05; done')
    const said: string[] = []
    box.stdout.setEncoding('utf8').on('data', (chunk: string) => said.push(chunk))
    await until(() => said.length > 0)
    box.kill('SIGTERM')
    expect((await box.exited).code).toBe(7)
    await until(() => said.join('') === 'up\nbye\n')
  })

  test('SIGKILL leaves no process, not even one that left the session (5)', async () => {
    const mark = bench.mark()
    const box = await bench.start(
      `setsid sh -c 'setsid sleep ${mark} >/dev/null 2>&1 3>&- & sleep ${mark}' & echo up; wait; sleep ${mark}`,
    )
    box.stdout.resume()
    await until(() => findMarked(mark).length >= 2)
    box.kill('SIGKILL')
    expect((await box.exited).signal).toBe('SIGKILL')
    expect(findMarked(mark)).toEqual([])
    box.kill('SIGKILL')
    box.kill('SIGTERM')
  })

  test('what the command left in the background ends with it (6)', async () => {
    const mark = bench.mark()
    const script = `setsid sh -c 'sleep ${mark}' >/dev/null 2>&1 3>&- & sleep 0.3; exit 0`
    expect((await bench.run(script)).exit.code).toBe(0)
    expect(findMarked(mark)).toEqual([])
  })

  promised(isolation.files)('a box that cannot be made is a fault that names the cause (7)', async () => {
    const missing = join(bench.folder, 'missing')
    const start = bench.sandbox.start({
      ...bench.spec('true'),
      mounts: [{ host: missing, inside: '/x', writable: false }],
    })
    await expect(start).rejects.toThrow(SandboxFault)
    await expect(start).rejects.toThrow(missing)
    await expect(bench.sandbox.start({ ...bench.spec('true'), cwd: '/nowhere' })).rejects.toThrow(/nowhere/)
  })
}

function testWalls(bench: Bench, isolation: Isolation): void {
  promised(isolation.files)('files of the host cannot be read (8)', async () => {
    const canary = join(bench.folder, 'canary')
    await writeFile(canary, 'tweet', { mode: 0o644 })
    const paths = [
      canary,
      '/etc/shadow',
      '/proc/1/root/etc/shadow',
      `/proc/${process.pid}/environ`,
      process.cwd(),
      '/root',
      '/home',
      '/var/lib',
    ]
    const { stdout } = await bench.run(
      `for p in ${paths.join(' ')}; do cat "$p" 2>/dev/null || ls "$p" 2>/dev/null; done; ls /`,
    )
    const roots = stdout.trim().split('\n')
    const allowed = ['bin', 'dev', 'etc', 'job', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'sbin', 'tmp', 'usr']
    expect(roots.filter((name) => !allowed.includes(name))).toEqual([])
    expect(roots).toContain('usr')
  })

  promised(isolation.files)('nothing can be written but the job’s own folders (8)', async () => {
    const places = ['/x', '/usr/x', '/etc/x', '/bin/x', '/proc/sys/kernel/hostname', '/dev/x']
    const own = ['/job/own', '/tmp/own', '/dev/shm/own']
    const { stdout } = await bench.run(
      `for p in ${[...places, ...own].join(' ')}; do echo y >"$p" && echo "$p"; done 2>/dev/null`,
    )
    expect(stdout.trim().split('\n')).toEqual(own)
  })

  promised(isolation.files)('a read-only mount is read-only (9)', async () => {
    const host = join(bench.folder, 'shown')
    await mkdir(host)
    await writeFile(join(host, 'file'), 'kept')
    await chmod(join(host, 'file'), 0o666)
    await chmod(host, 0o777)
    const spec = bench.spec('cat /shown/file; echo no >/shown/file; echo no >/shown/new; mount -o remount,rw /shown')
    await finish(
      await bench.sandbox.start({ ...spec, mounts: [...spec.mounts, { host, inside: '/shown', writable: false }] }),
    )
    expect(readdirSync(host)).toEqual(['file'])
    expect(await readFile(join(host, 'file'), 'utf8')).toBe('kept')
  })

  promised(isolation.processes)('processes outside are neither seen nor signalled (10)', async () => {
    const other = spawn('sleep', ['100'])
    const { stdout } = await bench.run(`kill -9 ${other.pid}; kill -9 ${process.pid}; cat /proc/[0-9]*/comm`)
    expect(other.exitCode ?? other.signalCode).toBeNull()
    other.kill('SIGKILL')
    expect(stdout).not.toContain('node')
    expect(stdout.trim().split('\n').length).toBeLessThan(5)
  })

  promised(isolation.network)('without network not even the host’s loopback answers (11)', async () => {
    const listener = createServer((socket) => socket.end('open')).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const script = `cat </dev/tcp/127.0.0.1/${port} 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '`
    const closed = await bench.run(script, { network: 'none' })
    const open = await bench.run(`cat </dev/tcp/127.0.0.1/${port}`, { network: 'host' })
    listener.close()
    expect(open.stdout).toBe('open')
    expect(closed.stdout.split('\n').filter((name) => name && name !== 'lo')).toEqual([])
  })

  promised(isolation.user)('no right is kept or gained (12)', async () => {
    const { stdout } = await bench.run(
      'grep -E "^(Cap(Eff|Prm|Bnd|Amb)|NoNewPrivs)" /proc/self/status; (su -c id; mount -t tmpfs x /tmp; chroot / id) 2>/dev/null',
    )
    expect(stdout.replace(/\t/g, ' ').trim().split('\n')).toEqual([
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapBnd: 0000000000000000',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 1',
    ])
  })

  promised(isolation.user && process.getuid?.() === 0)(
    'two boxes at once run as two users of the host, neither ours (12)',
    async () => {
      const [first, second] = [await bench.ownFolder(), await bench.ownFolder()]
      const boxes = await Promise.all([first, second].map((host) => bench.start('touch /job/made', { host })))
      await Promise.all(boxes.map((box) => finish(box)))
      const owners = await Promise.all([first, second].map(async (host) => (await stat(join(host, 'made'))).uid))
      expect(new Set([...owners, 0]).size).toBe(3)
    },
  )

  promised(isolation.nested)('a nested command makes namespaces inside its box (13)', async () => {
    const script =
      'unshare --mount --pid --fork --net sh -c "mkdir -p /tmp/a && mount --bind /job /tmp/a && mount -t proc proc /proc && echo pid $$ && ls /proc | grep -c ^[0-9]"'
    const { stdout, stderr } = await bench.run(script.replace('$$', '\\$\\$'), { nested: true })
    expect(stderr).toBe('')
    expect(stdout.split('\n')[0]).toBe('pid 1')
    expect((await bench.run('cat /etc/millrace-seccomp.bpf | wc -c')).stdout).not.toBe('0\n')
  })

  promised(!isolation.nested)('where nesting is not there it is refused (13)', async () => {
    await expect(bench.start('true', { nested: true })).rejects.toThrow(SandboxFault)
  })

  promised(isolation.processes)('boxes vanish when our process is killed (14)', async () => {
    const mark = bench.mark()
    const server = bench.spawnServer(`setsid sleep ${mark} & sleep ${mark}`)
    await until(() => findMarked(mark).length >= 2)
    server.kill('SIGKILL')
    await until(() => findMarked(mark).length === 0)
    expect(findMarked(mark)).toEqual([])
  })
}

function testBounds(bench: Bench, isolation: Isolation): void {
  test('a fork bomb stays within its bound and dies by SIGKILL (15)', async () => {
    const mark = bench.mark()
    const box = await bench.start(`i=0; while [ $i -lt 300 ]; do sleep ${mark} & i=$((i+1)); done; sleep ${mark}`, {
      limits: { ...LIMITS, processesMax: 32 },
    })
    const said = text(box.stderr)
    box.stdout.resume()
    await Promise.race([once(box.stderr, 'data'), box.exited])
    // What was forked last may not yet have become what marks it.
    await until(() => findMarked(mark).length > 16)
    const running = findMarked(mark).length
    box.kill('SIGKILL')
    await box.exited
    expect(running).toBeLessThanOrEqual(32 + 4)
    expect(await said).toMatch(/fork/i)
    expect(findMarked(mark)).toEqual([])
  })

  promised(isolation.memory)('a memory hog is killed and named, and its neighbour goes on (16)', async () => {
    const neighbour = await bench.start('read -r word <&3; echo "$word"', { host: await bench.ownFolder() })
    const said = text(neighbour.stdout)
    const hog = await bench.run('tail /dev/zero; echo survived', { limits: { ...LIMITS, memoryBytesMax: 64 * MB } })
    expect(hog.exit).toMatchObject({ outOfMemory: true })
    expect(hog.exit.memoryPeakBytes).toBeGreaterThan(32 * MB)
    neighbour.control.write('fine\n')
    expect((await neighbour.exited).code).toBe(0)
    expect(await said).toBe('fine\n')
  })

  test('no file grows past its bound (17)', async () => {
    const { exit } = await bench.run('exec head -c 20000000 /dev/zero >large', {
      limits: { ...LIMITS, fileBytesMax: MB },
    })
    expect(exit).toMatchObject({ signal: 'SIGXFSZ' })
    expect((await stat(join(bench.job, 'large'))).size).toBe(MB)
  })

  test('open files are bounded, address space and cores are as promised (17, 18)', async () => {
    const { stdout } = await bench.run('ulimit -n; ulimit -v; ulimit -c')
    expect(stdout).toBe('256\nunlimited\n0\n')
  })
}

function testRoom(bench: Bench, isolation: Isolation): void {
  promised(isolation.files)(
    'a private folder holds what it may, and what filled it goes with the box (22)',
    async () => {
      const limits = { ...LIMITS, memoryBytesMax: 512 * MB, fileBytesMax: 2048 * MB }
      const script = 'stat -f -c "%b %S" /tmp /dev/shm; touch /tmp/mark /dev/shm/mark'
      const { stdout } = await bench.run(script, { limits })
      const sizes = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number))
        .map(([blocks = 0, bytes = 0]) => blocks * bytes)
      expect(sizes).toEqual([limits.memoryBytesMax, limits.memoryBytesMax])
      expect((await bench.run('ls /tmp /dev/shm | grep mark')).stdout).toBe('')
    },
  )

  test('a job that fills the disk is killed and named, and all of it comes back (23)', async () => {
    const host = await bench.ownFolder()
    const limits = { ...LIMITS, diskBytesMax: 16 * MB }
    const script =
      'mkdir a; i=0; while [ $i -lt 40 ]; do head -c 1000000 /dev/zero >a/$i; i=$((i+1)); done; sleep 20; echo survived'
    const began = performance.now()
    const { exit, stdout } = await bench.run(script, { host, limits })
    expect(exit).toMatchObject({ signal: 'SIGKILL', outOfDisk: true, outOfMemory: false })
    expect(stdout).toBe('')
    expect(performance.now() - began).toBeLessThan(4000)
    await bench.sandbox.removeFolder(host)
    expect(existsSync(host)).toBe(false)
  })

  promised(isolation.files)('a folder with a bound of its own counts by itself, and is named (26)', async () => {
    const host = await bench.ownFolder()
    const [roomy, tight] = await Promise.all([bench.ownFolder(), bench.ownFolder()])
    const mounts = [
      { host, inside: '/job', writable: true },
      { host: roomy, inside: '/volumes/roomy', writable: true, bytesMax: 64 * MB },
      { host: tight, inside: '/volumes/tight', writable: true, bytesMax: 8 * MB },
    ]
    const limits = { ...LIMITS, diskBytesMax: 4 * MB, fileBytesMax: 64 * MB }
    const write = (name: string) => `head -c 16000000 /dev/zero >/volumes/${name}/file; sleep 1`
    const end = async (script: string) =>
      await (
        await bench.sandbox.start({ ...bench.spec(script, { limits }), mounts })
      ).exited
    expect(await end(write('roomy'))).toMatchObject({ code: 0, outOfDisk: false })
    const full = await end(`${write('tight')}; sleep 20`)
    expect(full).toMatchObject({ signal: 'SIGKILL', outOfDisk: true, fullMount: '/volumes/tight' })
  })

  promised(isolation.cpu)('a busy tree gets its share of the processor and no more (24)', async () => {
    // Two loops would take two processors; they get a quarter of one between them.
    const script = 'timeout 1 sh -c "while :; do :; done" & timeout 1 sh -c "while :; do :; done"; wait'
    const { exit } = await bench.run(script, { limits: { ...LIMITS, cpusMax: 0.25 } })
    expect(exit.cpuMs).toBeGreaterThan(50)
    expect(exit.cpuMs).toBeLessThan(600)
  })
}

function testFolders(bench: Bench, isolation: Isolation): void {
  promised(isolation.files)(
    'a folder made later inside a mounted one can be written by the running box (19)',
    async () => {
      const box = await bench.start('read -r name <&3; echo hi >"$name/file" && echo written')
      const said = text(box.stdout)
      await bench.sandbox.makeFolder(join(bench.job, 'later'))
      box.control.write('/job/later\n')
      await box.exited
      expect(await said).toBe('written\n')
    },
  )

  test('a folder made again keeps its owner (19)', async () => {
    const host = await bench.ownFolder()
    const before = (await stat(host)).uid
    await bench.sandbox.makeFolder(host)
    expect((await stat(host)).uid).toBe(before)
  })

  promised(isolation.files)('a box can write two folders that were made apart (20)', async () => {
    const [cache, job] = [await bench.ownFolder(), await bench.ownFolder()]
    await writeFile(join(job, 'given'), 'source')
    const mounts = [
      { host: job, inside: '/job', writable: true },
      { host: cache, inside: '/cache', writable: true },
    ]
    const box = await bench.sandbox.start({
      ...bench.spec('cp /job/given /cache/kept && echo more >>/job/given'),
      mounts,
    })
    expect((await finish(box)).exit.code).toBe(0)
    expect(await readFile(join(cache, 'kept'), 'utf8')).toBe('source')
  })

  test('a folder goes with all that a job left in it (21)', async () => {
    const host = await bench.ownFolder()
    await finish(await bench.start('mkdir -p a/b && touch a/b/c && chmod 0 a/b a && ln -s /etc/passwd link', { host }))
    await bench.sandbox.removeFolder(host)
    await bench.sandbox.removeFolder(host)
    expect(existsSync(host)).toBe(false)
    expect(existsSync('/etc/passwd')).toBe(true)
  })
}
