import type { ScriptItem } from '@millrace/contracts'

export interface ScriptFilter {
  readonly text: string
  readonly language: string | undefined
}

/** Scripts of the language whose summary or path holds every word of the text. */
export function filterScripts(scripts: readonly ScriptItem[], { text, language }: ScriptFilter): readonly ScriptItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return scripts.filter((script) => {
    if (language !== undefined && script.language !== language) return false
    const haystack = `${script.path} ${script.summary}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
