import { expect, test } from 'vitest'
import { readVolumes } from './read-volumes.ts'

test.each<[string, readonly (readonly [string, string])[]]>([
  ['', []],
  ['def main(): pass', []],
  ['# volume: cache /volumes/cache\ndef main(): pass', [['cache', '/volumes/cache']]],
  [
    '#!/bin/bash\n#volume: a /data/a.b/c\n\n# a remark\n#  volume:   b-2   /mnt/x  ',
    [
      ['a', '/data/a.b/c'],
      ['b-2', '/mnt/x'],
    ],
  ],
  ['// volume: a /volumes/a\r\n//npm\r\nexport function main() {}', [['a', '/volumes/a']]],
  ['<?php\n// volume: a /volumes/a\nfunction main() {}', [['a', '/volumes/a']]],
  ['-- volume: a /volumes/a\nselect 1', [['a', '/volumes/a']]],
  ['x = 1\n# volume: a /volumes/a', []],
])('the volumes of %j', (source, volumes) => {
  expect(readVolumes(source)).toEqual({ ok: true, value: volumes.map(([name, inside]) => ({ name, inside })) })
})

test.each<[string, RegExp]>([
  ['', /write a name and a folder/],
  ['a', /write a name and a folder/],
  ['a /volumes/a more', /write a name and a folder/],
  ['.. /volumes/a', /a name has letters/],
  ['a/b /volumes/a', /a name has letters/],
  [`${'a'.repeat(64)} /volumes/a`, /at most 63/],
  ['a /volumes', /below \/volumes, \/data, \/mnt.*such as \/volumes\/a/],
  ['a /volumes/', /has to be below/],
  ['a /volumes/../etc', /has to be below/],
  ['a /volumes/./x', /has to be below/],
  ['a /volumes//x', /has to be below/],
  ['a /etc/cron.d', /has to be below/],
  ['a /job/x', /has to be below/],
  ['a /datas/x', /has to be below/],
  ['a volumes/x', /has to be below/],
  ['first /data/other', /there is a volume first already/],
  ['a /volumes/first', /the same place/],
  ['a /volumes/first/below', /the same place/],
])('"volume: %s" is refused with what to write', (words, problem) => {
  const read = readVolumes(`# volume: first /volumes/first\n# volume: ${words}\n`)
  expect(read).toMatchObject({ ok: false, error: expect.stringMatching(problem) })
})
