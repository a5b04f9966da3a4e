import { CopyButton } from '../../../ui/copy-button.tsx'

interface ErrorResultProps {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
}

/** What was thrown: name and message first, the stack below. */
export function ErrorResult({ name, message, stack }: ErrorResultProps) {
  return (
    <div className="rounded-md border border-line bg-failed-soft px-3 py-2.5">
      <p className="font-medium break-words text-failed">{name}</p>
      <p className="break-words whitespace-pre-wrap">{message}</p>
      {stack && (
        <div className="mt-2 flex items-start gap-1">
          <pre className="max-h-80 min-w-0 flex-1 overflow-auto font-mono text-xs leading-[18px] whitespace-pre-wrap text-muted">
            {stack}
          </pre>
          <CopyButton text={`${name}: ${message}\n${stack}`} label="Copy error" />
        </div>
      )}
    </div>
  )
}
