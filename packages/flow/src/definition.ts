/** What the document of a flow may say, for editors: it runs in browsers too. */
export { openFlowSchema } from './core/definition/open-flow-schema.ts'
export type { JsonSchema } from './core/definition/open-flow-schema.ts'
export { parseFlow } from './core/definition/parse-flow.ts'
