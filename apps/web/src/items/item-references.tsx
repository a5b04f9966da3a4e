import { lazy, Suspense, useMemo, type ReactNode } from 'react'
import { FormReferences } from '../schema-form/form-references.ts'

const NewItemDialog = lazy(async () => ({ default: (await import('./new-item-dialog.tsx')).NewItemDialog }))

/** Gives the forms below it the variables and resources of a workspace. */
export function ItemReferences({ workspace, children }: { readonly workspace: string; readonly children: ReactNode }) {
  const references = useMemo<FormReferences>(
    () => ({
      workspace,
      drawNewItem: (item) => (
        <Suspense fallback={null}>
          <NewItemDialog workspace={workspace} item={item} />
        </Suspense>
      ),
    }),
    [workspace],
  )
  return <FormReferences value={references}>{children}</FormReferences>
}
