import { encryptionKey as contract } from '@millrace/contracts'
import { implement } from '../http/implement.ts'

export const encryptionKey = implement(contract, {
  getWorkspaceEncryptionKey: {
    may: 'workspace.key_see',
    run: async (cx) => ({ key: await cx.inside((tx) => cx.vault.readKey(tx, cx.workspace)) }),
  },
  setWorkspaceEncryptionKey: {
    may: 'workspace.key_write',
    async run(cx, { body }) {
      const change = {
        workspace: cx.workspace,
        text: body.new_key,
        changedBy: cx.member.username,
        keepSealed: body.skip_reencrypt ?? false,
      }
      const count = await cx.inside((tx) => cx.vault.changeKey(tx, change))
      return `The key is changed; ${count} secrets were encrypted anew.`
    },
  },
})
