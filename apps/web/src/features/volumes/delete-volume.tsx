import type { Volume } from '@millrace/contracts'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { describeError } from '../../data/client.ts'
import { useDeleteVolume } from '../../data/volumes.ts'
import { IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatCount, formatSize } from '../../ui/format-quantity.ts'
import { showToast } from '../../ui/toast.tsx'

interface DeleteVolumeProps {
  readonly workspace: string
  readonly volume: Volume
}

/** Removes a volume with its files; asks before, for nobody has them elsewhere. */
export function DeleteVolume({ workspace, volume }: DeleteVolumeProps) {
  const [isOpen, setOpen] = useState(false)
  const deletion = useDeleteVolume(workspace)
  const { name, file_count: files, size_bytes: bytes } = volume

  function remove() {
    deletion.mutate(name, {
      onSuccess: () => showToast(`The volume ${name} is deleted.`),
      onError: (error) => showToast('It was not deleted.', { detail: describeError(error).message }),
    })
  }

  return (
    <>
      <IconButton label={`Delete volume ${name}`} disabled={deletion.isPending} onClick={() => setOpen(true)}>
        <Trash2 size={14} aria-hidden />
      </IconButton>
      <ConfirmDialog isOpen={isOpen} onOpenChange={setOpen} title={`Delete volume ${name}`} onConfirm={remove}>
        {files === 0
          ? 'It has no files that are known of.'
          : `${formatCount(files)} ${files === 1 ? 'file' : 'files'} of ${formatSize(bytes)} in all will be gone for good.`}{' '}
        A run that has it keeps it until it ends; later ones find an empty folder.
      </ConfirmDialog>
    </>
  )
}
