import { z } from 'zod'

/** A tag that a worker serves: a word without spaces, commas (lists are written with them) and parentheses. */
export const Tag = z
  .string()
  .max(255)
  .regex(/^[^\s,()\0]+$/, 'must be a word without spaces, commas and parentheses, at most 255 characters')

/**
 * A custom tag as a superadmin writes it: `gpu` for all workspaces, `gpu(ws1+ws2)` for these only, `gpu(^ws1^ws2)` for all but
 * these. `$workspace` and `$args[name]` inside stand for what a job brings.
 */
export const CustomTag = z
  .string()
  .max(2000)
  .regex(
    /^[^\s,()\0]{1,255}(\([\w-]+(\+[\w-]+)*\)|\((\^[\w-]+)+\))?$/,
    'must read tag, tag(workspace+workspace) or tag(^workspace^workspace), without spaces and commas',
  )
