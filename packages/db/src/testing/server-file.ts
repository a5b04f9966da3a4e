/** Where the run's global set-up says how to reach its PostgreSQL. */
export function serverFile(): string {
  const file = process.env['MILLRACE_TEST_SERVER_FILE']
  if (!file) throw new Error('Database tests run under vitest, whose global set-up starts a PostgreSQL for them.')
  return file
}
