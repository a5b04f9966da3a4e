/** Whether the JSON of a value can be as short as this; looks at no more than so much of it, however large it is. */
export function isWithin(value: unknown, chars: number): boolean {
  const open: unknown[] = [value]
  let left = chars
  while (open.length > 0) {
    const next = open.pop()
    left -= typeof next === 'string' ? next.length + 2 : 1
    if (left < 0) return false
    if (typeof next !== 'object' || next === null) continue
    for (const [key, item] of Object.entries(next)) {
      if (!Array.isArray(next)) left -= key.length
      open.push(item)
      if (open.length > left) return false
    }
  }
  return true
}
