import { expect, test } from 'vitest'
import { isBareKey, matchesShortcut, shortcutText, type KeyPress } from './shortcut.ts'

function press(key: string, fields: Partial<KeyPress> = {}): KeyPress {
  return { key, metaKey: false, ctrlKey: false, altKey: false, shiftKey: false, ...fields }
}

test('mod is either of Ctrl and ⌘', () => {
  expect(matchesShortcut('mod+enter', press('Enter', { metaKey: true }))).toBe(true)
  expect(matchesShortcut('mod+enter', press('Enter', { ctrlKey: true }))).toBe(true)
  expect(matchesShortcut('mod+enter', press('Enter'))).toBe(false)
})

test('a bare key wants no modifier', () => {
  expect(matchesShortcut('j', press('j'))).toBe(true)
  expect(matchesShortcut('j', press('j', { ctrlKey: true }))).toBe(false)
  expect(matchesShortcut('j', press('J', { shiftKey: true }))).toBe(false)
})

test('a sign may need shift on the keyboard in use', () => {
  expect(matchesShortcut('?', press('?', { shiftKey: true }))).toBe(true)
  expect(matchesShortcut('?', press('?'))).toBe(true)
})

test('only keys without a modifier are left to text fields', () => {
  expect(isBareKey('j')).toBe(true)
  expect(isBareKey('mod+s')).toBe(false)
})

test('keys are written as the platform calls them', () => {
  expect(shortcutText('mod+enter', true)).toBe('⌘↵')
  expect(shortcutText('mod+k', false)).toBe('Ctrl+K')
})
