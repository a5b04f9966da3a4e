import { loadAllDepths } from '../queue-view.ts'
import { forgetSamples, takeSample } from '../sql/queue-samples.ts'
import type { Duty } from './duty.ts'

/** Writes down how deep the lines are, for those who ask later (Q37). */
export const sampleLines: Duty = {
  id: 'sample-lines',
  everyMs: () => 30_000,

  async runOnce({ db, leaseMs }) {
    await takeSample(db, await loadAllDepths(db, leaseMs))
    await forgetSamples(db)
    return {}
  },
}
