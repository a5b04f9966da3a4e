/** Whether PostgreSQL refuses what it was given. Class 22 (data exception), 23 (constraint), 54 (limit exceeded): trying again cannot help. */
export function isDataError(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(22|23|54)/.test(error.code)
  )
}
