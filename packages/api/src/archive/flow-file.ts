import { FlowOptions } from '@millrace/contracts'
import type { FlowRow } from '@millrace/db/tables/flow'
import { jsonFile, onlySet, type ArchiveFile } from './archive-file.ts'

/** A flow with its inline scripts in it. */
export function flowFile({ path, summary, description, value, schema, options }: FlowRow): ArchiveFile {
  const { labels, ...set } = FlowOptions.parse(options)
  return jsonFile(`${path}.flow.json`, {
    summary,
    description,
    value,
    ...onlySet({ schema, ...set }),
    ...(labels?.length && { labels }),
  })
}
