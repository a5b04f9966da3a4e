import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, CircleUser, LogOut, Monitor, Moon, Search, Sun } from 'lucide-react'
import { isMac } from '../../actions/platform.ts'
import { shortcutText } from '../../actions/shortcut.ts'
import { signOut, useSession, workspacesQuery } from '../../data/session.ts'
import { chooseTheme, themes, useTheme, type Theme } from '../../data/theme.ts'
import { links } from '../../links.ts'
import { Kbd } from '../../ui/kbd.tsx'
import { Logo } from '../../ui/logo.tsx'
import { Menu } from '../../ui/menu.tsx'

interface HeaderProps {
  readonly workspace: string
  readonly onPalette: () => void
}

export function Header({ workspace, onPalette }: HeaderProps) {
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line bg-panel px-3">
      <Link
        to={links.home}
        params={{ workspace }}
        aria-label="Millrace, home"
        className="flex items-center gap-2 rounded-md pr-1 font-semibold"
      >
        <Logo />
        <span className="hidden sm:inline">Millrace</span>
      </Link>
      <span className="text-line-strong" aria-hidden>
        /
      </span>
      <WorkspaceSwitcher workspace={workspace} />
      <button
        type="button"
        onClick={onPalette}
        className="ml-auto flex h-7 items-center gap-2 rounded-md border border-line bg-raised px-2 text-sm text-muted hover:bg-hover"
        aria-label="Go to anything"
      >
        <Search size={14} aria-hidden />
        <span className="hidden sm:inline">Go to</span>
        <Kbd keys={shortcutText('mod+k', isMac)} />
      </button>
      <UserMenu />
    </header>
  )
}

function WorkspaceSwitcher({ workspace }: { readonly workspace: string }) {
  const navigate = useNavigate()
  const { data } = useQuery(workspacesQuery)
  const entries = (data?.workspaces ?? []).map(({ id, name }) => ({
    id,
    label: name,
    isChecked: id === workspace,
    perform: () => void navigate({ to: links.home, params: { workspace: id } }),
  }))
  return (
    <Menu
      groups={[{ title: 'Workspaces', entries }]}
      trigger={
        <button
          type="button"
          aria-label={`Workspace ${workspace}`}
          className="flex h-7 min-w-0 items-center gap-1 rounded-md px-1.5 text-sm hover:bg-hover"
        >
          <span className="truncate">{workspace}</span>
          <ChevronsUpDown size={12} className="shrink-0 text-muted" aria-hidden />
        </button>
      }
    />
  )
}

const THEME_LOOKS: Readonly<Record<Theme, { readonly label: string; readonly icon: typeof Sun }>> = {
  light: { label: 'Light', icon: Sun },
  dark: { label: 'Dark', icon: Moon },
  system: { label: 'As the system', icon: Monitor },
}

function UserMenu() {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { data: session } = useSession()
  const theme = useTheme()

  async function leave() {
    await signOut()
    queries.clear()
    await navigate({ to: links.signIn })
  }

  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label="User menu"
          className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
        >
          <CircleUser size={18} aria-hidden />
        </button>
      }
      groups={[
        {
          title: session?.email ?? 'Theme',
          entries: themes.map((id) => {
            const { label, icon: Icon } = THEME_LOOKS[id]
            return {
              id,
              label,
              icon: <Icon size={14} aria-hidden />,
              isChecked: id === theme,
              perform: () => chooseTheme(id),
            }
          }),
        },
        {
          entries: [
            { id: 'sign-out', label: 'Sign out', icon: <LogOut size={14} aria-hidden />, perform: () => void leave() },
          ],
        },
      ]}
    />
  )
}
