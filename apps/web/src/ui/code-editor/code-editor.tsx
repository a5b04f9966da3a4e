import { useEffect, useRef, useState } from 'react'
import { Skeleton } from '../skeleton.tsx'
import { offerSuggestions, type Suggest } from './suggestions.ts'

interface CodeEditorProps {
  readonly value: string
  /** Monaco's id of a language. */
  readonly language: string
  readonly label: string
  readonly onChange?: (value: string) => void
  readonly isReadOnly?: boolean
  /** Lines with a fault, counted from 1. */
  readonly problems?: readonly { readonly line: number; readonly message: string }[]
  /** What may stand at a place, counted from 1. */
  readonly suggest?: Suggest
  /** Shown in the middle whenever another object is given. */
  readonly place?: { readonly line: number } | undefined
}

type Loaded = typeof import('./load-monaco.ts')
type Editor = ReturnType<Loaded['monaco']['editor']['create']>

/** Monaco, loaded when first shown; a plain field where it cannot be loaded. */
export function CodeEditor(props: CodeEditorProps) {
  const { value, language, label, onChange, isReadOnly = false, problems, suggest, place } = props
  const host = useRef<HTMLDivElement>(null)
  const notify = useRef(onChange)
  // Values that we told and that have not come back yet: a slow page must not undo what was typed since.
  const told = useRef(new Set<string>())
  const [hasFailed, setFailed] = useState(false)
  const [view, setView] = useState<{ readonly editor: Editor; readonly loaded: Loaded } | undefined>()
  const initial = useRef({ value, language, label, isReadOnly })
  useEffect(() => {
    notify.current = onChange
  })

  useEffect(() => {
    const end = new AbortController()
    const show = (loaded: Loaded) => {
      if (end.signal.aborted || !host.current) return
      const editor = create(loaded, host.current, initial.current)
      editor.onDidChangeModelContent(() => {
        told.current.add(editor.getValue())
        notify.current?.(editor.getValue())
      })
      const watcher = new MutationObserver(loaded.applyTheme)
      watcher.observe(document.documentElement, { attributeFilter: ['data-theme'] })
      end.signal.addEventListener('abort', () => {
        watcher.disconnect()
        editor.getModel()?.dispose()
        editor.dispose()
      })
      setView({ editor, loaded })
    }
    import('./load-monaco.ts').then(show).catch(() => setFailed(true))
    return () => end.abort()
  }, [])

  useEffect(() => {
    if (!view) return
    const isCurrent = view.editor.getValue() === value
    if (!isCurrent && !told.current.has(value)) view.editor.setValue(value)
    if (isCurrent) told.current.clear()
  }, [view, value])

  useEffect(() => {
    const model = view?.editor.getModel()
    if (view && model) view.loaded.monaco.editor.setModelLanguage(model, language)
  }, [view, language])

  useEffect(() => {
    const model = view?.editor.getModel()
    if (!view || !model) return
    const markers = (problems ?? []).map(({ line: wished, message }) => {
      const line = Math.min(wished, model.getLineCount())
      const startColumn = model.getLineFirstNonWhitespaceColumn(line) || 1
      const endColumn = model.getLineMaxColumn(line)
      return { severity: 8, message, startLineNumber: line, startColumn, endLineNumber: line, endColumn }
    })
    view.loaded.monaco.editor.setModelMarkers(model, 'problems', markers)
  }, [view, problems])

  useEffect(
    () => (view && suggest ? offerSuggestions(view.loaded.monaco, view.editor, suggest) : undefined),
    [view, suggest],
  )

  useEffect(() => {
    if (!view || !place) return
    view.editor.revealLineInCenter(place.line)
    view.editor.setPosition({ lineNumber: place.line, column: 1 })
  }, [view, place])

  if (hasFailed) {
    return (
      <textarea
        aria-label={label}
        value={value}
        readOnly={isReadOnly}
        spellCheck={false}
        onChange={(event) => onChange?.(event.target.value)}
        className="min-h-0 flex-1 resize-none bg-page p-3 font-mono text-sm"
      />
    )
  }
  return (
    <div className="relative min-h-0 flex-1">
      {!view && (
        <div className="absolute inset-0 p-4">
          <Skeleton rows={8} label="Loading the editor" />
        </div>
      )}
      <div ref={host} className="absolute inset-0" />
    </div>
  )
}

interface Initial {
  readonly value: string
  readonly language: string
  readonly label: string
  readonly isReadOnly: boolean
}

function create({ monaco, applyTheme }: Loaded, host: HTMLElement, initial: Initial): Editor {
  applyTheme()
  return monaco.editor.create(host, {
    value: initial.value,
    language: initial.language,
    readOnly: initial.isReadOnly,
    domReadOnly: initial.isReadOnly,
    ariaLabel: initial.label,
    automaticLayout: true,
    minimap: { enabled: false },
    fontFamily: 'JetBrains Mono Variable, monospace',
    fontSize: 13,
    lineHeight: 20,
    tabSize: 2,
    scrollBeyondLastLine: false,
    renderLineHighlight: initial.isReadOnly ? 'none' : 'line',
    overviewRulerLanes: 0,
    padding: { top: 12, bottom: 12 },
    fixedOverflowWidgets: true,
    scrollbar: { alwaysConsumeMouseWheel: false },
  })
}
