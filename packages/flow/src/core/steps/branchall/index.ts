import { z } from 'zod'
import { acted, kept } from '../../definition/field-rules.ts'
import { absent } from '../../definition/options.ts'
import type { Entry } from '../../entry.ts'
import { settled } from '../../turn.ts'
import { continueMany, startMany, WIDTH_MAX, type Many } from '../shared/many-children.ts'
import type { ModuleList, ModuleRun, StepKind } from '../step-kind.ts'

const definition = (modules: ModuleList) =>
  z.looseObject({
    type: acted('F34', z.literal('branchall')),
    branches: acted(
      'F34',
      z.array(
        z.looseObject({
          modules: acted('F34', modules),
          skip_failure: acted('F34', z.boolean().nullish().transform(Boolean)),
          summary: kept('its name in editors', absent(z.string())),
        }),
      ),
    ),
    parallel: acted('F34', z.boolean().nullish().transform(Boolean)),
  })
type BranchAll = z.infer<ReturnType<typeof definition>>

/** Runs every branch. */
export const branchall: StepKind<BranchAll> = {
  id: 'branchall',
  info: { label: 'Branch to all', description: 'Runs all branches, one after another or together.' },
  definition,
  bodies: (value) => value.branches.map(({ modules }, branch) => ({ branch, modules })),
  isRepeating: true,
  entry: { kind: 'children', skipsFailure },
  start: (run) => {
    const { branches, parallel } = run.value
    return startMany(run, manyOf(run), { count: branches.length, width: parallel ? WIDTH_MAX : 1 })
  },
  onEnded: (run, cursor, children) => continueMany(run, manyOf(run), cursor, children),
}

/** The branches as children: a stop in one of them ends that one alone. */
function manyOf(run: ModuleRun<BranchAll>): Many {
  return {
    skipsFailure: (index) => skipsFailure(run.value, index),
    start: (indices, { inside }) => settled(giveFrames(run, indices, inside)),
    isStoppedByChild: false,
    step: run.module.id,
  }
}

function skipsFailure({ branches }: BranchAll, index: number): boolean {
  return branches[index]?.skip_failure === true
}

function giveFrames(
  { turn, module, failures, scope, together }: ModuleRun,
  indices: readonly number[],
  inside: Entry['inside'],
): void {
  for (const index of indices) {
    const seed = inside[index]
    turn.give({
      kind: 'startFrame',
      pointer: { kind: 'branch', module: module.id, branch: index },
      child: { module: module.id, index, failures },
      previous: scope.previous,
      ...(scope.resumed === undefined ? {} : { resumed: scope.resumed }),
      ...(together === undefined ? {} : { together }),
      ...(seed && { seed }),
    })
  }
}
