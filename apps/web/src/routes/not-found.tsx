import { Link } from '@tanstack/react-router'
import { EmptyNote } from '../ui/empty-note.tsx'

export function NotFound() {
  return (
    <div className="mx-auto max-w-5xl px-6">
      <EmptyNote title="There is no page at this address">
        <Link to="/" className="text-accent hover:underline">
          Go home
        </Link>
      </EmptyNote>
    </div>
  )
}
