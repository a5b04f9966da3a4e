/** The part of a keyboard event that a shortcut looks at. */
export interface KeyPress {
  readonly key: string
  readonly metaKey: boolean
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

/** Whether a key press is the shortcut. With `mod` it counts in text fields too; a bare key does not (see `isTyping`). */
export function matchesShortcut(shortcut: string, press: KeyPress): boolean {
  const parts = shortcut.toLowerCase().split('+')
  const key = parts.at(-1)
  if (press.key.toLowerCase() !== key || press.altKey) return false
  const hasModifier = press.metaKey || press.ctrlKey
  if (parts.includes('mod') !== hasModifier) return false
  // A sign such as `?` already needs shift on most keyboards.
  return parts.includes('shift') === press.shiftKey || (press.shiftKey && !/^[a-z]$/.test(key) && !hasModifier)
}

/** Whether the shortcut must be left alone while somebody types into the target. */
export function isBareKey(shortcut: string): boolean {
  return !shortcut.includes('mod') && shortcut !== 'escape'
}

const NAMES: Readonly<Record<string, string>> = { enter: '↵', escape: 'Esc', shift: '⇧', arrowdown: '↓', arrowup: '↑' }

/** A shortcut as written on the keys: `⌘↵` on a Mac, `Ctrl+↵` elsewhere. */
export function shortcutText(shortcut: string, isMac: boolean): string {
  const parts = shortcut.split('+').map((part) => {
    if (part === 'mod') return isMac ? '⌘' : 'Ctrl'
    return NAMES[part] ?? part.toUpperCase()
  })
  return parts.join(isMac ? '' : '+')
}
