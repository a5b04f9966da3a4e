/**
 * A query that does what follows the end of jobs (`job_ended` of migration 0017): one row where a job was asked for anew. `gone` names
 * a common table expression with id, has_sequel and the status that is written; it costs nothing when no row has a sequel.
 */
export function sequel(gone: string): string {
  return `
  select true as has_restarted from (
    select array_agg(id) as ids, array_agg(status) as statuses from ${gone} where has_sequel
  ) as ended where case when ids is null then false else job_ended(ids, statuses) end`
}
