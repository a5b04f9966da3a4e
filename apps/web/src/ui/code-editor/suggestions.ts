import type * as Monaco from 'monaco-editor/editor/editor.api.js'

/** Says what may stand at a place of a text, which counts from 1. */
export type Suggest = (
  text: string,
  line: number,
  column: number,
) => readonly {
  readonly label: string
  readonly text: string
  readonly kind: 'key' | 'value'
  readonly detail: string
}[]

/** Monaco's numbers for a property and for a value. */
const KINDS = { key: 9, value: 15 } as const

/** Offers suggestions in one editor; the result ends it. */
export function offerSuggestions(
  monaco: typeof Monaco,
  editor: Monaco.editor.IStandaloneCodeEditor,
  suggest: Suggest,
): () => void {
  const own = editor.getModel()
  const provider = monaco.languages.registerCompletionItemProvider(own?.getLanguageId() ?? 'yaml', {
    triggerCharacters: [' ', '\n'],
    provideCompletionItems(model, { lineNumber, column }) {
      if (model !== own) return { suggestions: [] }
      const word = model.getWordUntilPosition({ lineNumber, column })
      const range = new monaco.Range(lineNumber, word.startColumn, lineNumber, word.endColumn)
      const found = suggest(model.getValue(), lineNumber, column)
      return {
        suggestions: found.map(({ label, text, kind, detail }, order) => ({
          label: { label, description: detail },
          insertText: text,
          kind: KINDS[kind],
          range,
          sortText: String(order).padStart(4, '0'),
          ...(kind === 'key' && { command: { id: 'editor.action.triggerSuggest', title: 'Suggest' } }),
        })),
      }
    },
  })
  return () => provider.dispose()
}
