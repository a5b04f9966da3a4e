/** Rows in the shape of what is being loaded. */
export function Skeleton({ rows = 6, label = 'Loading' }: { readonly rows?: number; readonly label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 py-2">
      {Array.from({ length: rows }, (_, index) => (
        <div
          key={index}
          className="h-5 animate-pulse rounded-md bg-hover"
          style={{ width: `${92 - ((index * 13) % 40)}%` }}
        />
      ))}
    </div>
  )
}
