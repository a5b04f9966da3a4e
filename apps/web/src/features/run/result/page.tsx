import { useEffect, useState } from 'react'

/** Markup of a script's making, in a frame of no origin: it reaches neither this page nor the session. */
export function Page({ kind, text }: { readonly kind: 'html' | 'markdown'; readonly text: string }) {
  const [html, setHtml] = useState(kind === 'html' ? text : '')
  useEffect(() => {
    if (kind === 'html') return setHtml(text)
    const end = new AbortController()
    void import('marked').then(async ({ marked }) => {
      const body = await marked.parse(text)
      if (!end.signal.aborted) setHtml(withStyle(body))
    })
    return () => end.abort()
  }, [kind, text])
  return (
    <iframe
      title={kind === 'html' ? 'HTML result' : 'Markdown result'}
      sandbox=""
      srcDoc={html}
      className="h-[60vh] w-full resize-y rounded-md border border-line"
    />
  )
}

function withStyle(body: string): string {
  const style = getComputedStyle(document.documentElement)
  const [text, page] = [style.getPropertyValue('--text'), style.getPropertyValue('--page')]
  return `<style>body{margin:16px;max-width:72ch;font:14px/1.5 system-ui,sans-serif;color:${text};background:${page}}pre{overflow:auto}</style>${body}`
}
