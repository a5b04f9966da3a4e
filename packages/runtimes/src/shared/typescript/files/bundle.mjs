// Makes one file, `program`, of `main.ts` and all that it imports; the argument is what Bun calls the engine that runs it.

const [engine] = process.argv.slice(2)
const HINT = 'If the package cannot be bundled, write //nobundling at the top of the script.'

try {
  const { outputs } = await Bun.build({
    entrypoints: ['./main.ts'],
    target: engine,
    format: 'esm',
    sourcemap: 'inline',
  })
  const [program, ...others] = outputs.filter((output) => output.kind !== 'sourcemap')
  const beside = others.map((output) => output.path.replace(/^\.\//, ''))
  if (beside.length > 0) fail(`A package needs files beside the program (${beside.join(', ')}). ${HINT}`)
  await Bun.write('program', program)
} catch (error) {
  const faults = error instanceof AggregateError ? error.errors : [error]
  const isOwn = faults.every(({ position }) => position && !position.file.includes('node_modules'))
  fail([...faults.map(describe), ...(isOwn ? [] : [HINT])].join('\n'))
}

function describe({ message, position }) {
  if (!position?.line) return message
  return `${message} (${position.file.replace(`${process.cwd()}/`, '')}:${position.line}:${position.column})`
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
