import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, Download, WrapText } from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { IconButton } from '../../../ui/button.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { formatCount } from '../../../ui/format-quantity.ts'
import type { AnsiStyle } from './ansi.ts'
import type { LogBuffer } from './log-buffer.ts'

const LINE_PX = 20
const NEAR_END_PX = 40

interface LogViewProps {
  readonly log: LogBuffer
  readonly isLive: boolean
  readonly downloadUrl: string
  /** Said while there is no line. */
  readonly emptyText: string
}

/** A log that follows its end until the reader scrolls up. */
export function LogView({ log, isLive, downloadUrl, emptyText }: LogViewProps) {
  const version = useSyncExternalStore(log.subscribe, log.version)
  const [isWrapped, setWrapped] = useState(true)
  const [isFollowing, setFollowing] = useState(true)
  const scroller = useRef<HTMLDivElement>(null)
  const lineCount = log.lineCount
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes our components
  const rows = useVirtualizer({
    count: lineCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  })

  useEffect(() => {
    if (isFollowing && lineCount > 0) rows.scrollToIndex(lineCount - 1, { align: 'end' })
  }, [version, isFollowing, lineCount, rows])

  function onScroll() {
    const element = scroller.current
    if (element) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX)
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-8 shrink-0 items-center gap-1">
        <h2 className="text-sm font-medium">Log</h2>
        <span className="ml-2 flex-1 text-xs text-muted tabular-nums">
          {lineCount > 0 && `${formatCount(lineCount + log.droppedCount)} ${lineCount === 1 ? 'line' : 'lines'}`}
          {log.droppedCount > 0 && `, the first ${formatCount(log.droppedCount)} only in the download`}
        </span>
        {!isFollowing && (
          <IconButton label="Follow the end" onClick={() => setFollowing(true)}>
            <ArrowDown size={14} />
          </IconButton>
        )}
        <IconButton
          label="Wrap lines"
          aria-pressed={isWrapped}
          className={isWrapped ? 'text-accent' : ''}
          onClick={() => setWrapped(!isWrapped)}
        >
          <WrapText size={14} />
        </IconButton>
        <a
          href={downloadUrl}
          download="log.txt"
          aria-label="Download log"
          title="Download log"
          className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
        >
          <Download size={14} />
        </a>
      </div>
      <div
        ref={scroller}
        role="log"
        aria-label="Log"
        aria-busy={isLive}
        tabIndex={0}
        onScroll={onScroll}
        className="max-h-[60vh] min-h-16 flex-1 overflow-auto rounded-md bg-panel py-2 font-mono text-[13px] leading-5"
      >
        {lineCount === 0 && <p className="px-3 font-sans text-muted">{emptyText}</p>}
        <div
          className={classNames('relative', !isWrapped && 'w-max min-w-full')}
          style={{ height: rows.getTotalSize() }}
        >
          {rows.getVirtualItems().map((row) => (
            <div
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              className={classNames(
                'absolute top-0 left-0 min-h-5 px-3',
                isWrapped ? 'w-full break-all whitespace-pre-wrap' : 'whitespace-pre',
              )}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              {log.spansAt(row.index).map((span, index) => (
                <span key={index} style={toCss(span.style)}>
                  {span.text}
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

function toCss(style: AnsiStyle) {
  return {
    ...(style.color && { color: `var(--ansi-${style.color})` }),
    ...(style.isBold && { fontWeight: 700 }),
    ...(style.isDim && { opacity: 0.7 }),
    ...(style.isItalic && { fontStyle: 'italic' }),
    ...(style.isUnderlined && { textDecoration: 'underline' }),
  }
}
