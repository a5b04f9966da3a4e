import { invariant } from '@millrace/base/invariant'
import { describe, expect, test } from 'vitest'
import { parseFlow, type ParsedFlow } from '../definition/parse-flow.ts'
import type { Json } from '../json.ts'
import type { Answer, Ask, ChildEnd, Command, FlowEvent, FrameContext, FrameState } from '../protocol.ts'
import { transition } from '../transition.ts'
import { findStepKind } from './registry.ts'
import type { StepKind } from './step-kind.ts'

/** A kind, and values of it as clients send them. */
export interface StepKindSubject {
  readonly kind: StepKind
  /** One that runs: with two children at least where the kind has several. */
  readonly sample: object
  /** Values that are refused, by where in them the fault is. */
  readonly refused: Readonly<Record<string, object>>
}

/** Registers what every kind of step promises. */
export function testStepKind(subject: StepKindSubject): void {
  const { kind, sample } = subject
  describe(`every kind: ${kind.id}`, () => {
    test('it is found by its id, and says what editors show', () => {
      expect(findStepKind(kind.id)).toBe(kind)
      expect(kind.info.label.length).toBeGreaterThan(0)
      expect(kind.info.description).toMatch(/^[A-Z].*\.$/)
    })

    test('its sample is read, and fields that nobody knows are kept (F51)', () => {
      expect(flowOf({ ...sample, assets: [1] }).places.get('it')?.module.value).toMatchObject({ assets: [1] })
    })

    test.each(Object.entries(subject.refused))('a fault at %s is refused with its place (F50)', (path, value) => {
      const parsed = parseFlow({ modules: [{ id: 'it', value }] })
      const problem = { path: `modules[0].value.${path}`, message: expect.stringMatching(/./) }
      expect(parsed).toEqual({ ok: false, problems: [problem] })
    })

    testEnds(kind, sample)
    testEvents(sample)
  })
}

const STATUSES = ['success', 'failure', 'canceled', 'skipped'] as const

function testEnds(kind: StepKind, sample: object): void {
  test.each(STATUSES)('it ends when its children end as %s (F6)', (status) => {
    const drive = new Drive(flowOf(sample))
    drive.run(status)
    expect(drive.ends).toHaveLength(1)
    const isGood = drive.children === 0 || status === 'success' || status === 'skipped'
    expect(drive.ends[0]?.status).toBe(isGood ? 'success' : 'failure')
  })

  test('whatever cannot be answered fails it or a frame of it, and nothing gets stuck (F7)', () => {
    const asked = new Drive(flowOf(sample))
    asked.run('success')
    for (const failing of new Set(asked.asks.map(({ kind: asks }) => asks))) {
      const drive = new Drive(flowOf(sample), failing)
      drive.run('failure')
      expect(drive.ends.map((end) => end.status)).toEqual(['failure'])
    }
  })

  if (kind.isRepeating !== true) return
  test('what it remembers does not grow with its children (F3)', () => {
    const lengths = [3, 700].map((length) => {
      const drive = new Drive(flowOf(sample), undefined, length)
      drive.run('success')
      return drive.stateLengthMax
    })
    expect(Math.abs((lengths[0] ?? 0) - (lengths[1] ?? 0))).toBeLessThan(40)
  })
}

function testEvents(sample: object): void {
  test('an end that is not of this run changes nothing (F4)', () => {
    const drive = new Drive(flowOf(sample))
    drive.tell({ kind: 'started' })
    const { state } = drive
    for (const child of [
      { module: 'it', failures: 7 },
      { module: 'other', failures: 0 },
    ]) {
      drive.tell({ kind: 'ended', children: [{ ...child, index: 0, job: 'x', status: 'failure' }] })
      expect(drive.lastCommands).toEqual([])
      expect(drive.state).toEqual(state)
    }
  })

  test('an end is told when the frame is over, and changes nothing (F4)', () => {
    const drive = new Drive(flowOf(sample))
    drive.run('success')
    const { state } = drive
    drive.tell({ kind: 'ended', children: [{ module: 'it', failures: 0, index: 0, job: 'x', status: 'failure' }] })
    expect(drive.lastCommands).toEqual([])
    expect(drive.state).toEqual(state)
  })
}

function flowOf(value: object): ParsedFlow {
  const parsed = parseFlow({ modules: [{ id: 'it', value }] })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.flow
}

/** The frame around one module, whose children all end alike. */
class Drive {
  readonly asks: Ask[] = []
  readonly ends: Extract<Command, { kind: 'finish' }>['end'][] = []
  readonly #flow: ParsedFlow
  readonly #failing: Ask['kind'] | undefined
  readonly #listLength: number
  readonly #underWay: Extract<Command, { kind: 'start' | 'startFrame' }>[] = []
  state: FrameState | undefined
  lastCommands: readonly Command[] = []
  children = 0
  stateLengthMax = 0

  constructor(flow: ParsedFlow, failing?: Ask['kind'], listLength = 2) {
    this.#flow = flow
    this.#failing = failing
    this.#listLength = listLength
  }

  /** Children are told one by one; a loop without an end is told to stop after a few. */
  run(status: ChildEnd['status']): void {
    this.tell({ kind: 'started' })
    for (let next = this.#underWay.shift(); next !== undefined; next = this.#underWay.shift()) {
      this.children += 1
      const stopped = this.children > this.#listLength ? { stopped: true } : {}
      this.tell({ kind: 'ended', children: [{ ...next.child, job: `job${this.children}`, status, ...stopped }] })
    }
  }

  tell(event: FlowEvent): void {
    const context: FrameContext = {
      id: 'frame',
      pointer: { kind: 'root' },
      index: undefined,
      before: { kind: 'input', frame: 'frame' },
      isTriggered: false,
    }
    const answers = new Map<string, Answer>()
    const frame = { flow: this.#flow, context, state: this.state }
    let result = transition(frame, event, answers)
    while (result.kind === 'needs') {
      for (const ask of result.asks) answers.set(ask.slot, this.#answer(ask))
      result = transition(frame, event, answers)
    }

    const text = JSON.stringify(result.state)
    this.stateLengthMax = Math.max(this.stateLengthMax, text.length)
    this.state = JSON.parse(text)
    this.#carryOut(result.commands)
  }

  #answer(ask: Ask): Answer {
    this.asks.push(ask)
    if (ask.kind === this.#failing) return { kind: 'failed', error: { name: 'Error', message: 'no answer' } }
    switch (ask.kind) {
      case 'value':
        return { kind: 'value', value: VALUE }
      case 'list':
        return { kind: 'list', length: this.#listLength }
      case 'job':
        return { kind: 'job' }
      case 'input':
        return { kind: 'input' }
      case 'place':
        return { kind: 'place', place: 'here' }
    }
  }

  #carryOut(commands: readonly Command[]): void {
    this.lastCommands = commands
    for (const command of commands) {
      if (command.kind === 'start' || command.kind === 'startFrame') this.#underWay.push(command)
      if (command.kind !== 'finish') continue
      invariant(this.#underWay.length === 0, 'nothing is under way when the frame ends')
      this.ends.push(command.end)
    }
  }
}

/** True as a condition, and a number. */
const VALUE: Json = 1
