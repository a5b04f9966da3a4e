import 'monaco-editor/features/register.all.js'
import 'monaco-editor/basic-languages/monaco.contribution.js'
import * as monaco from 'monaco-editor/editor/editor.api.js'
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker'

self.MonacoEnvironment = { getWorker: () => new EditorWorker() }

/** Colours come from our tokens, so that both themes stay defined in one place. */
export function applyTheme(): void {
  const isDark = document.documentElement.dataset['theme'] === 'dark'
  const style = getComputedStyle(document.documentElement)
  // Monaco wants six digits, which a minifier may have shortened to three.
  const token = (name: string) =>
    style
      .getPropertyValue(name)
      .trim()
      .replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3')
  monaco.editor.defineTheme('millrace', {
    base: isDark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [],
    colors: {
      'editor.background': token('--page'),
      'editor.foreground': token('--text'),
      'editorLineNumber.foreground': token('--muted'),
      'editorGutter.background': token('--page'),
      'editor.lineHighlightBackground': token('--panel'),
      'editorWidget.background': token('--raised'),
    },
  })
  monaco.editor.setTheme('millrace')
}

export { monaco }
