import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const COMPRESSIBLE = /\.(?:js|css|html|svg|wasm|ttf|json|txt)$/
/** Less than one packet of a network: nothing is won. */
const BYTES_MIN = 1400
/** The last two levels take many times as long and win a few percent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

/** Writes `<file>.br` and `<file>.gz` beside each file of a build that gets smaller by it, so that no server compresses anything. */
const precompress: Plugin = {
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

export default defineConfig({
  plugins: [react(), tailwindcss(), precompress],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  server: { proxy: { '/api': 'http://localhost:8000' } },
  build: {
    target: 'es2023',
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    // The engine of the grammars has an eval on a path that no grammar takes; ours is the linter's business.
    rolldownOptions: { checks: { eval: false } },
  },
})
