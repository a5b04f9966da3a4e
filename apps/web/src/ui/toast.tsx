import { Toast as Base } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import { IconButton } from './button.tsx'

const toasts = Base.createToastManager()

interface ToastOptions {
  readonly detail?: string
  readonly action?: { readonly title: string; readonly perform: () => void }
}

/** Says in one line what was done; with an action, how to take it back. */
export function showToast(title: string, options: ToastOptions = {}): void {
  const id = toasts.add({
    title,
    description: options.detail,
    timeout: options.action ? 10_000 : 5_000,
    ...(options.action && {
      actionProps: {
        children: options.action.title,
        onClick() {
          toasts.close(id)
          options.action?.perform()
        },
      },
    }),
  })
}

export function Toasts() {
  return (
    <Base.Provider toastManager={toasts}>
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(360px,calc(100vw-32px))] flex-col gap-2">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function ToastList() {
  const { toasts: shown } = Base.useToastManager()
  return shown.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className="rounded-md border border-line bg-raised py-2 pr-2 pl-3 text-sm shadow-float"
    >
      <Base.Content className="flex items-center gap-2">
        <div className="min-w-0 flex-1">
          <Base.Title className="truncate" />
          <Base.Description className="text-muted" />
        </div>
        <Base.Action className="h-7 rounded-md px-2 font-medium text-accent hover:bg-hover" />
        <Base.Close render={<IconButton label="Close" />}>
          <X size={14} />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ))
}
