import { Readable } from 'node:stream'
import { workspaceArchive as contract } from '@millrace/contracts'
import { openWorkspaceFiles } from '../archive/workspace-files.ts'
import { writeTar } from '../archive/write-tar.ts'
import { writeZip } from '../archive/write-zip.ts'
import { implement } from '../http/implement.ts'

export const workspaceArchive = implement(contract, {
  downloadWorkspaceArchive: {
    may: 'workspace.download',
    async run(cx, { query }) {
      const files = await openWorkspaceFiles(cx, query)
      const type = query.archive_type ?? 'tar'
      return {
        status: 200,
        headers: { 'content-disposition': `attachment; filename="${cx.workspace}.${type}"` },
        contentType: type === 'zip' ? 'application/zip' : 'application/x-tar',
        body: Readable.from(type === 'zip' ? writeZip(files) : writeTar(files)),
      }
    },
  },
})
