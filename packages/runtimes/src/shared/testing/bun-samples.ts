import type { RuntimeSamples } from '../../suite.ts'

const FS = `import fs from 'node:fs'\n`

/** For every language whose scripts Bun runs, whatever else tells them apart. */
export const bunSamples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `export function main() { return { answer: 42, list: [1, undefined, 'é'] } }`,
  echo: `export async function main(value: unknown) { return value }`,
  failing: {
    source: `export function main() {\n  const cake = 'lie'\n  throw new TypeError(\`the cake is a \${cake}\`)\n}`,
    line: 3,
  },
  broken: { source: `export function main( {\n  return 1\n}`, mentions: 'main.ts' },
  greeting: `export function main(name = 'nobody') { return name }`,
  chatty: `export function main() { for (let n = 1; n <= 1000; n++) console.log('line ' + n); return 'done' }`,
  environment: `export function main() { return process.env.WM_TOKEN + ' ' + Bun.env.WM_WORKSPACE }`,
  large: `export function main() { return 'é'.repeat(1048576) }`,
  closing: `${FS}export function main() { try { fs.closeSync(3) } catch {} return 'done' }`,
  garbling: `${FS}export function main() { for (let n = 3; n <= 600; n++) try { fs.writeSync(n, 'garbage') } catch {}\n return 'done' }`,
  leaving: `export function main() { process.exit(0) }`,
  exiting: `export function main() { process.exit(3) }`,
  parenting: `import { spawn } from 'node:child_process'\nexport function main() { spawn('sleep', ['86399'], { detached: true, stdio: 'ignore' }).unref(); return 'done' }`,
  parting: `export function main() { process.on('exit', () => console.log('bye')); return 'done' }`,
  stubborn: `export async function main() { process.on('SIGTERM', () => {}); console.log('ready'); await new Promise((r) => setTimeout(r, 9e6)) }`,
  spinning: `export function main() { console.log('ready'); for (;;); }`,
  littering: `${FS}export function main() { for (const f of ['/tmp', '/dev/shm', '.']) try { fs.writeFileSync(f + '/left-behind', '') } catch {}\n globalThis.left = 1; return 'done' }`,
  looking: `${FS}export function main() { return ['/tmp', '/dev/shm', '.'].flatMap((f) => { try { return fs.readdirSync(f) } catch { return [] } }).join() + globalThis.left }`,
}
