/** Undefined where it takes longer; it goes on then. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>()
  // Cheaper than a signal, and this is for each step.
  const timer = setTimeout(() => over.resolve(undefined), ms)
  try {
    return await Promise.race([work, over.promise])
  } finally {
    clearTimeout(timer)
  }
}
