import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const COMPRESSIBLE = /\.(?:js|css|html|svg|wasm|ttf|json|txt)$/
/** Less than one packet of a network: nothing is won. */
const BYTES_MIN = 1400
/** The last two levels take many times as long and win a few percent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

/** Writes `<file>.br` and `<file>.gz` beside each file of a build that gets smaller by it, so that no server compresses anything. */
export const precompress: Plugin = {
  name: 'precompress',
  apply: 'build',
  async writeBundle({ dir = 'dist' }) {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true })
    for (const { name, parentPath } of entries.filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name))) {
      const file = join(parentPath, name)
      const bytes = await readFile(file)
      if (bytes.length < BYTES_MIN) continue
      await writeFile(`${file}.br`, await toBrotli(bytes, BROTLI))
      await writeFile(`${file}.gz`, await toGzip(bytes))
    }
  },
}
