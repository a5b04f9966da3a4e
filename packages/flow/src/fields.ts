/** What becomes of every field of a flow, for whoever documents it. */
export { listFields, type ListedField } from './core/definition/list-fields.ts'
