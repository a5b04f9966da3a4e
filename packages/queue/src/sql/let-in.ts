/**
 * A query that gives back the concurrency slots of rows that a statement took out of the queue and lets blocked jobs of their
 * keys in: `tag` of each job that is ready now. `gone` names a common table expression with id, concurrency_key (null
 * for a job that held no slot) and started_at; it costs nothing when no row has a key.
 */
export function letIn(gone: string): string {
  return `
  select freed.tag from (
    select array_agg(concurrency_key) as keys, array_agg(id) as ids, array_agg(started_at) as starts
    from ${gone} where concurrency_key is not null
  ) as held cross join lateral settle_concurrency(held.keys, held.ids, held.starts) as freed(tag)
  where held.keys is not null`
}
