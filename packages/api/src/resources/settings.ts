import { z } from 'zod'
import { instanceSettings, settings as contract } from '@millrace/contracts'
import { loadSettings, putSetting } from '@millrace/db/tables/setting'
import { implement } from '../http/implement.ts'
import { parseWith } from '../http/parse-with.ts'

const KnownKey = z.object({ key: z.enum(Object.keys(instanceSettings) as [keyof typeof instanceSettings]) })

export const settings = implement(contract, {
  getGlobal: {
    may: 'setting.see',
    async run(cx, params) {
      const { key } = parseWith(KnownKey, params, 'path')
      return (await loadSettings(cx.db.kysely, [key])).get(key) ?? null
    },
  },
  setGlobal: {
    may: 'setting.write',
    async run(cx, { body, ...params }) {
      const { key } = parseWith(KnownKey, params, 'path')
      const { value } = parseWith(z.object({ value: instanceSettings[key] }), body, 'body')
      await putSetting(cx.db.kysely, key, value, cx.caller.email)
      cx.tagSettings.forget()
      return `The setting ${key} is set.`
    },
  },
})
