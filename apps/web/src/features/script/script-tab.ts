/** The tabs of a script's page, as they stand in its URL. */
export const scriptTabs = ['run', 'code', 'runs', 'versions', 'api'] as const
export type ScriptTab = (typeof scriptTabs)[number]
