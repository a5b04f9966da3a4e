import { runCli } from './cli.ts'
import { readConfig } from './config.ts'
import { createTerminal } from './output/terminal.ts'

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const config = readConfig()
process.exitCode = await runCli(process.argv.slice(2), createTerminal(process, config), config)
