import { ApiError } from '@millrace/client'
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { describeError } from '../../data/client.ts'
import { signIn } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Logo } from '../../ui/logo.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'

interface SignInFormProps {
  readonly onSignedIn: () => void
}

export function SignInForm({ onSignedIn }: SignInFormProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const attempt = useMutation({ mutationFn: () => signIn(email.trim(), password), onSuccess: onSignedIn })
  const isRefused = ApiError.is(attempt.error) && attempt.error.code === 'auth.bad_credentials'

  function submit(event: FormEvent) {
    event.preventDefault()
    attempt.mutate()
  }

  return (
    <main className="flex min-h-full items-center justify-center p-6">
      <form onSubmit={submit} className="flex w-full max-w-80 flex-col gap-4">
        <div className="mb-2 flex items-center gap-2.5">
          <Logo size={28} />
          <h1 className="text-xl font-semibold">Sign in to Millrace</h1>
        </div>
        <Field id="email" label="E-mail">
          <Input
            id="email"
            type="email"
            autoComplete="username"
            autoFocus
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <Field
          id="password"
          label="Password"
          error={isRefused ? 'The e-mail address or the password is wrong.' : undefined}
        >
          <Input
            id="password"
            type="password"
            autoComplete="current-password"
            required
            aria-invalid={isRefused || undefined}
            aria-describedby={isRefused ? 'password-error' : undefined}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        {attempt.error && !isRefused && (
          <ProblemNote title="You are not signed in." {...describeError(attempt.error)} />
        )}
        <Button type="submit" look="primary" size="form" disabled={attempt.isPending}>
          Sign in
        </Button>
        <p className="text-sm text-muted">
          The first start of the server prints the administrator’s password and a one-time sign-in link.
        </p>
      </form>
    </main>
  )
}
