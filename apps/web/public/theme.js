// Runs before the first paint, so that a dark page never flashes light; src/data/theme.ts writes what is read here.
{
  const choice = localStorage.getItem('millrace:theme') ?? 'system'
  const isDark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
}
