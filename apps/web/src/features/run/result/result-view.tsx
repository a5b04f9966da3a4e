import { Download } from 'lucide-react'
import { useState } from 'react'
import { buttonClass } from '../../../ui/button.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { JsonTree } from '../../../ui/json-tree.tsx'
import { ErrorResult } from './error-result.tsx'
import { Page } from './page.tsx'
import { resultKind } from './result-kind.ts'
import { TableResult } from './table-result.tsx'

interface ResultViewProps {
  readonly value: unknown
  readonly isSuccess: boolean
}

/** A result as its kind wants it, or raw. */
export function ResultView({ value, isSuccess }: ResultViewProps) {
  const [isRaw, setRaw] = useState(false)
  const raw = JSON.stringify(value ?? null, null, 2)
  const hasRawView = !['empty', 'json'].includes(resultKind(value).kind)
  return (
    <section aria-label="Result" className="flex min-w-0 flex-col">
      <div className="flex h-8 items-center gap-1">
        <h2 className="flex-1 text-sm font-medium">{isSuccess ? 'Result' : 'Error'}</h2>
        {hasRawView && (
          <button
            type="button"
            aria-pressed={isRaw}
            onClick={() => setRaw(!isRaw)}
            className={buttonClass(isRaw ? 'plain' : 'quiet')}
          >
            Raw
          </button>
        )}
        <CopyButton text={typeof value === 'string' ? value : raw} label="Copy result" />
      </div>
      {isRaw ? <RawText text={raw} /> : <ResultBody value={value} />}
    </section>
  )
}

function RawText({ text }: { readonly text: string }) {
  return (
    <pre className="max-h-[60vh] overflow-auto rounded-md bg-panel p-3 font-mono text-[13px] leading-5 break-words whitespace-pre-wrap">
      {text}
    </pre>
  )
}

function ResultBody({ value }: { readonly value: unknown }) {
  const result = resultKind(value)
  switch (result.kind) {
    case 'empty':
      return <p className="text-muted">It returned nothing.</p>
    case 'error':
      return <ErrorResult name={result.name} message={result.message} stack={result.stack} />
    case 'text':
      return <RawText text={result.text} />
    case 'table':
      return <TableResult table={result.table} />
    case 'html':
    case 'markdown':
      return <Page kind={result.kind} text={result.text} />
    case 'image':
      return (
        <img
          src={result.url}
          alt={result.name ?? 'Result'}
          className="max-h-[70vh] max-w-full self-start rounded-md border border-line"
        />
      )
    case 'file':
      return (
        <a href={result.url} download={result.name} className={`${buttonClass('plain', 'form')} self-start`}>
          <Download size={16} aria-hidden /> {result.name}
        </a>
      )
    case 'several':
      return (
        <div className="flex flex-col gap-4">
          {result.results.map((each, index) => (
            <ResultBody key={index} value={each} />
          ))}
        </div>
      )
    case 'json':
      return <JsonTree value={result.value} />
  }
}
