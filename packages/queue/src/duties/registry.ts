import { countFinishedJobs } from './count-finished-jobs.ts'
import { deleteExpiredTokens } from './delete-expired-tokens.ts'
import { deliverFlowEvents } from './deliver-flow-events.ts'
import { dropOldPartitions } from './drop-old-partitions.ts'
import type { Duty } from './duty.ts'
import { erasePayloads } from './erase-payloads.ts'
import { failLostPlaces } from './fail-lost-places.ts'
import { freeWindows } from './free-windows.ts'
import { forgetAgentMessages } from './forget-agent-messages.ts'
import { forgetCancels } from './forget-cancels.ts'
import { forgetConversations } from './forget-conversations.ts'
import { forgetJobNotes } from './forget-job-notes.ts'
import { forgetKeys } from './forget-keys.ts'
import { letBlockedIn } from './let-blocked-in.ts'
import { makeJobPartitions } from './make-job-partitions.ts'
import { promoteDueJobs } from './promote-due-jobs.ts'
import { rescueLostJobs } from './rescue-lost-jobs.ts'
import { sampleLines } from './sample-lines.ts'
import { watchDatabase } from './watch-database.ts'
import { summarizeJobBlocks } from './summarize-job-blocks.ts'

/** Everything that the keeper does. */
export const duties: readonly Duty[] = [
  rescueLostJobs,
  failLostPlaces,
  promoteDueJobs,
  deliverFlowEvents,
  freeWindows,
  letBlockedIn,
  makeJobPartitions,
  dropOldPartitions,
  deleteExpiredTokens,
  forgetAgentMessages,
  forgetCancels,
  forgetConversations,
  forgetJobNotes,
  forgetKeys,
  erasePayloads,
  sampleLines,
  watchDatabase,
  countFinishedJobs,
  summarizeJobBlocks,
]
