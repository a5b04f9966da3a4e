import type { Language } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { links } from '../../links.ts'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { LanguageMark } from '../../ui/language-mark.tsx'

interface FirstScriptProps {
  readonly workspace: string
  readonly languages: readonly Language[]
}

/** The first action, with an example that runs in each language. */
export function FirstScript({ workspace, languages }: FirstScriptProps) {
  return (
    <EmptyNote title="There are no scripts yet">
      <p>A script gets a form, an API and a queue. Begin with one that runs as it stands:</p>
      <ul className="mt-4 flex flex-wrap gap-2">
        {languages.map((language) => (
          <li key={language.id}>
            <Link
              to={links.newScript}
              params={{ workspace }}
              search={{ language: language.id }}
              className="inline-flex h-9 items-center gap-2 rounded-md border border-line bg-raised pr-3 pl-1.5 text-text hover:bg-hover"
            >
              <LanguageMark label={language.label} icon={language.icon} />
              <span aria-hidden>{language.label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </EmptyNote>
  )
}
