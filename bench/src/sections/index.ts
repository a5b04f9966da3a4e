import type { Section } from '../section.ts'
import { bulk } from './bulk.ts'
import { burst } from './burst.ts'
import { dedicated } from './dedicated.ts'
import { depth } from './depth.ts'
import { flows } from './flows.ts'
import { flowsIsolated } from './flows-isolated.ts'
import { expressions } from './expressions.ts'
import { idle } from './idle.ts'
import { languages } from './languages.ts'
import { latency } from './latency.ts'
import { lists } from './lists.ts'
import { notify } from './notify.ts'
import { queue } from './queue.ts'
import { workers } from './workers.ts'
import { workflows } from './workflows.ts'

/** All sections, in the order in which they are measured; each has a database of its own. */
export const sections: readonly Section[] = [
  queue,
  bulk,
  latency,
  burst,
  flows,
  flowsIsolated,
  workflows,
  depth,
  notify,
  workers,
  idle,
  languages,
  dedicated,
  lists,
  expressions,
]
