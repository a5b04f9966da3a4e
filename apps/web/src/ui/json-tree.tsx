import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'

const CHILDREN_SHOWN_MAX = 100
const DEPTH_OPEN = 2

interface NodeProps {
  readonly name: string | undefined
  readonly value: unknown
  readonly depth: number
}

/** A JSON value, folded below the second level and after a hundred members. */
export function JsonTree({ value }: { readonly value: unknown }) {
  return (
    <div className="overflow-x-auto font-mono text-sm leading-5">
      <JsonNode name={undefined} value={value} depth={0} />
    </div>
  )
}

function JsonNode({ name, value, depth }: NodeProps) {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
    return <Branch name={name} value={value} depth={depth} />
  return (
    <div className="pl-5 break-words whitespace-pre-wrap">
      <Name name={name} />
      <Leaf value={value} />
    </div>
  )
}

function Branch({ name, value, depth }: NodeProps & { readonly value: object }) {
  const entries = Object.entries(value)
  const [isOpen, setOpen] = useState(depth < DEPTH_OPEN && entries.length <= CHILDREN_SHOWN_MAX)
  const [shown, setShown] = useState(CHILDREN_SHOWN_MAX)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const noun = Array.isArray(value) ? 'item' : 'key'
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-label={`${isOpen ? 'Fold' : 'Unfold'} ${name ?? 'value'}`}
        onClick={() => setOpen(!isOpen)}
        className="flex h-5 items-center rounded-md text-left hover:bg-hover"
      >
        <span className="inline-flex w-5 justify-center text-muted">
          {isOpen ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
        </span>
        <Name name={name} />
        <span className="text-muted">
          {open}
          {!isOpen && ` ${entries.length} ${noun}${entries.length === 1 ? '' : 's'} ${close}`}
        </span>
      </button>
      {isOpen && (
        <>
          <div className="ml-2.5 border-l border-line pl-1.5">
            {entries.slice(0, shown).map(([key, child]) => (
              <JsonNode key={key} name={key} value={child} depth={depth + 1} />
            ))}
            {entries.length > shown && (
              <button type="button" className="ml-5 text-accent hover:underline" onClick={() => setShown(shown + 500)}>
                {entries.length - shown} more
              </button>
            )}
          </div>
          <div className="pl-5 text-muted">{close}</div>
        </>
      )}
    </div>
  )
}

function Name({ name }: { readonly name: string | undefined }) {
  if (name === undefined) return null
  return (
    <span>
      <span className="text-text">{name}</span>
      <span className="whitespace-pre text-muted">: </span>
    </span>
  )
}

function Leaf({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') return <span className="text-done">{JSON.stringify(value)}</span>
  if (typeof value === 'number') return <span className="text-running">{String(value)}</span>
  if (typeof value === 'boolean') return <span className="text-waiting">{String(value)}</span>
  return <span className="text-muted">{JSON.stringify(value)}</span>
}
