/** Keys of a shortcut, as the keyboard in use calls them. */
export function Kbd({ keys }: { readonly keys: string }) {
  return (
    <kbd className="rounded-md border border-line bg-panel px-1 font-mono text-xs text-muted" aria-hidden>
      {keys}
    </kbd>
  )
}
