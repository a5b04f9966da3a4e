import { useEffect, useState } from 'react'

interface PageProps {
  readonly kind: 'html' | 'markdown'
  readonly text: string
}

/** Markup of a script's making, in a frame of no origin: it reaches neither this page nor the session. */
export function Page({ kind, text }: PageProps) {
  return kind === 'html' ? <Frame title="HTML result" html={text} /> : <Markdown text={text} />
}

function Markdown({ text }: { readonly text: string }) {
  const [html, setHtml] = useState('')
  useEffect(() => {
    const end = new AbortController()
    void import('marked').then(async ({ marked }) => {
      const body = await marked.parse(text)
      if (!end.signal.aborted) setHtml(withStyle(body))
    })
    return () => end.abort()
  }, [text])
  return <Frame title="Markdown result" html={html} />
}

function Frame({ title, html }: { readonly title: string; readonly html: string }) {
  return (
    <iframe title={title} sandbox="" srcDoc={html} className="h-[60vh] w-full resize-y rounded-md border border-line" />
  )
}

function withStyle(body: string): string {
  const style = getComputedStyle(document.documentElement)
  const [text, page] = [style.getPropertyValue('--text'), style.getPropertyValue('--page')]
  return `<style>body{margin:16px;max-width:72ch;font:14px/1.5 system-ui,sans-serif;color:${text};background:${page}}pre{overflow:auto}</style>${body}`
}
