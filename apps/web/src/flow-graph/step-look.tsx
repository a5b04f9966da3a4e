import {
  Ban,
  Bot,
  Box,
  CircleCheck,
  CircleX,
  Clock,
  Code,
  CornerDownRight,
  FileCode2,
  FlaskConical,
  Hourglass,
  LoaderCircle,
  MoonStar,
  OctagonPause,
  PauseCircle,
  Repeat,
  Repeat2,
  RotateCcw,
  Rows3,
  SkipForward,
  Split,
  Timer,
  TriangleAlert,
  Workflow,
  Waypoints,
  Database,
  type LucideIcon,
} from 'lucide-react'
import { classNames } from '../ui/class-names.ts'
import type { StepWord } from './core/run-states.ts'
import type { StepKind } from './core/step-kinds.ts'
import type { StepMark } from './core/step-marks.ts'

const SIGNS: Readonly<Record<StepKind['sign'], LucideIcon>> = {
  code: Code,
  script: FileCode2,
  flow: Workflow,
  loop: Repeat,
  while: Repeat2,
  branch: Split,
  fork: Waypoints,
  pass: CornerDownRight,
  agent: Bot,
  other: Box,
}

const MARKS: Readonly<Record<StepMark['kind'], LucideIcon>> = {
  retry: RotateCcw,
  suspend: PauseCircle,
  sleep: MoonStar,
  cache: Database,
  skip: SkipForward,
  stop: OctagonPause,
  parallel: Rows3,
  mock: FlaskConical,
  lenient: TriangleAlert,
  timeout: Timer,
}

interface WordLook {
  readonly icon: LucideIcon
  readonly color: string
  /** Of the card's edge. */
  readonly edge: string
}

const WORDS: Readonly<Record<StepWord, WordLook>> = {
  waiting: { icon: Clock, color: 'text-waiting', edge: 'border-waiting' },
  running: { icon: LoaderCircle, color: 'text-running', edge: 'border-running' },
  suspended: { icon: Hourglass, color: 'text-suspended', edge: 'border-suspended' },
  done: { icon: CircleCheck, color: 'text-done', edge: 'border-done' },
  failed: { icon: CircleX, color: 'text-failed', edge: 'border-failed' },
  cancelled: { icon: Ban, color: 'text-muted', edge: 'border-line-strong' },
  skipped: { icon: SkipForward, color: 'text-muted', edge: 'border-line-strong' },
}

export function edgeClass(word: StepWord | undefined): string {
  return word === undefined ? 'border-line-strong/50' : WORDS[word].edge
}

export function KindSign({ sign }: { readonly sign: StepKind['sign'] }) {
  const Icon = SIGNS[sign]
  return <Icon size={16} className="shrink-0 text-muted" aria-hidden />
}

export function StepMarks({ marks }: { readonly marks: readonly StepMark[] }) {
  return marks.map(({ kind, title }) => {
    const Icon = MARKS[kind]
    return (
      <span key={kind} title={title} className="text-muted">
        <Icon size={12} aria-hidden />
      </span>
    )
  })
}

/** The sign of a state, and its word where there is room. */
export function StepWordMark({ word, isSignOnly = false }: { readonly word: StepWord; readonly isSignOnly?: boolean }) {
  const { icon: Icon, color } = WORDS[word]
  return (
    <span className={classNames('inline-flex items-center gap-1.5 font-medium', color)}>
      <Icon size={14} className={word === 'running' ? 'animate-spin' : ''} aria-hidden />
      {isSignOnly ? <span className="sr-only">{word}</span> : word}
    </span>
  )
}
