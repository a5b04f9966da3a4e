import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { describeError } from '../../data/client.ts'
import { faultAt, fieldFaults } from '../../data/field-faults.ts'
import { customTagsQuery, useSaveCustomTags } from '../../data/workers.ts'
import { Button } from '../../ui/button.tsx'
import { ChipInput } from '../../ui/chip-input.tsx'
import { Field } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { showToast } from '../../ui/toast.tsx'

/** Tags that scripts are offered besides the languages, and whose they are. */
export function CustomTags() {
  const { data: saved, error } = useQuery(customTagsQuery)
  const [typed, setTyped] = useState<readonly string[] | undefined>()
  const save = useSaveCustomTags()
  const faults = fieldFaults(save.error)
  const fault = faultAt(faults, 'value')
  const wrong = new Set([...faults.keys()].map((field) => Number(field.split('.')[1])))

  function write(tags: readonly string[]) {
    save.mutate(tags, {
      onSuccess() {
        setTyped(undefined)
        showToast('Custom tags saved')
      },
    })
  }

  return (
    <section className="mt-2 flex max-w-2xl flex-col gap-3">
      <h2 className="text-lg font-medium">Custom tags</h2>
      {error && <ProblemNote title="The custom tags cannot be shown." {...describeError(error)} />}
      {saved && (
        <>
          <Field
            id="custom-tags-field"
            label="Tags that scripts are offered besides their language"
            error={fault}
            hint={
              <>
                <Code>gpu</Code> is for every workspace, <Code>gpu(lab+vision)</Code> for these only,{' '}
                <Code>gpu(^lab)</Code> for all but this one.
              </>
            }
          >
            <ChipInput
              id="custom-tags-field"
              values={typed ?? saved}
              placeholder="gpu"
              invalid={wrong}
              isInvalid={fault !== undefined}
              describedBy={fault === undefined ? undefined : 'custom-tags-field-error'}
              onChange={(tags) => {
                setTyped(tags)
                save.reset()
              }}
            />
          </Field>
          {save.error && fault === undefined && (
            <ProblemNote title="The custom tags were not saved." {...describeError(save.error)} />
          )}
          <Button className="self-start" disabled={save.isPending} onClick={() => write(typed ?? saved)}>
            Save custom tags
          </Button>
        </>
      )}
    </section>
  )
}

function Code({ children }: { readonly children: string }) {
  return <code className="font-mono text-[13px] text-text">{children}</code>
}
