import type { FormSchema } from '@millrace/contracts'
import { links, type Callable } from '../links.ts'
import { initialArgs } from '../schema-form/initial-args.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { curlSnippets } from './curl-snippets.ts'

interface HttpCallsProps {
  readonly what: Callable
  readonly schema: FormSchema | undefined
}

/** How to call a script or a flow over HTTP. */
export function HttpCalls({ what, schema }: HttpCallsProps) {
  const snippets = curlSnippets(location.origin, what, initialArgs(schema ?? {}))
  return (
    <div className="flex max-w-4xl flex-col gap-6 pb-10">
      {snippets.map(({ title, text }) => (
        <section key={title} aria-label={title}>
          <div className="flex h-8 items-center">
            <h2 className="flex-1 text-sm font-medium">{title}</h2>
            <CopyButton text={text} label={`Copy: ${title}`} />
          </div>
          <pre className="overflow-x-auto rounded-md bg-panel p-3 font-mono text-[13px] leading-5">{text}</pre>
        </section>
      ))}
      <p className="text-muted">
        All calls are in the{' '}
        <a href={links.apiReference} className="text-accent hover:underline">
          API reference
        </a>
        .
      </p>
    </div>
  )
}
