import type { HomeSearch } from '../features/scripts/home-search.ts'
import { parseFlowSearch } from '../features/flow/flow-tab.ts'
import { parseFlowRunSearch } from '../features/flow-run/flow-run-search.ts'
import { parseFlowsSearch } from '../features/flows/flows-search.ts'
import { parseQueueSearch } from '../features/queue/queue-search.ts'
import { parseResourcesSearch } from '../features/resources/resources-search.ts'
import { parseRunFilters } from '../features/runs/run-filters.ts'
import { scriptTabs, type ScriptTab } from '../features/script/script-tab.ts'
import { parseVariablesSearch } from '../features/variables/variables-search.ts'

type Search = Readonly<Record<string, unknown>>

export function parseSignInSearch(search: Search): { readonly from?: string } {
  const { from } = { from: undefined, ...search }
  // Only a path of this server, never `//host`, which a browser reads as another one.
  return typeof from === 'string' && /^\/(?![/\\])/.test(from) ? { from } : {}
}

export function parseApproveSearch(search: Search): { readonly approver?: string } {
  return text('approver', search)
}

export function parseHomeSearch(search: Search): HomeSearch {
  return { ...text('q', search), ...text('language', search), ...(search['archived'] === true && { archived: true }) }
}

export function parseNewScriptSearch(search: Search): { readonly language?: string } {
  return text('language', search)
}

export function parseScriptSearch(search: Search): {
  readonly tab?: ScriptTab
  readonly hash?: string
  readonly from?: string
} {
  const tab = scriptTabs.find((each) => each === search['tab'])
  return { ...(tab && tab !== 'run' && { tab }), ...text('hash', search), ...text('from', search) }
}

export const parseRunsSearch = parseRunFilters

export const parseRunSearch = parseFlowRunSearch

export { parseFlowSearch, parseFlowsSearch, parseQueueSearch, parseResourcesSearch, parseVariablesSearch }

export function parseWorkersSearch(search: Search): { readonly worker?: string } {
  return text('worker', search)
}

function text<N extends string>(name: N, search: Search): { readonly [K in N]?: string } {
  const value = search[name]
  // The mapped type of one computed key is beyond what the compiler infers.
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as { readonly [K in N]?: string }) : {}
}
