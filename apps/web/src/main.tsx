import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ActionProvider } from './actions/action-registry.tsx'
import './app.css'
import { createQueryClient } from './data/query-client.ts'
import { links } from './links.ts'
import { createAppRouter } from './routes/router.tsx'
import { Toasts } from './ui/toast.tsx'

const queries = createQueryClient(onSignedOut)
const router = createAppRouter(queries)

function onSignedOut(): void {
  const { pathname, href } = router.state.location
  const isOpen = pathname === links.signIn || pathname === '/' || pathname.startsWith(links.approvals)
  if (!isOpen) void router.navigate({ to: links.signIn, search: { from: href }, replace: true })
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ActionProvider>
          <RouterProvider router={router} />
          <Toasts />
        </ActionProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
