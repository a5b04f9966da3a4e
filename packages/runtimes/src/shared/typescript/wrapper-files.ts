/** The files that every TypeScript runtime shows to its jobs. */
export const wrapperFiles = new URL('./files/', import.meta.url)

/** What those of them run that can call the system. */
export const escapeDriver = new URL('./escapes/driver.ts', import.meta.url)

/** The first script that any of them offers. */
export const STARTER = `export async function main(name: string, times = 1) {
  const greeting = \`Hello \${name}\`
  for (let count = 0; count < times; count++) console.log(greeting)
  return { greeting, times }
}
`
