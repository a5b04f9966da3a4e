/** The file that a program is made of. */
export const SOURCE = 'main.cs'

const OPTIONS = ['-target:library', '-debug', '-optimize', '-unsafe', '-langversion:latest', '-nowarn:1591', '-warn:1']
/** One file: the size of the assembly, a line feed, the assembly, and where its lines are. */
const JOIN = `assembly=$1; shift; "$@" && { wc -c < "$assembly"; cat "$assembly" "$assembly.mdb"; } > program`

/** A compiler, what it is run by, the assembly to be made, and the parts of the class library that are used. */
export interface Compilation {
  readonly mono: string
  readonly compiler: string
  readonly assembly: string
  readonly libraries: readonly string[]
}

/** The command that makes `program` of `main.cs` in its working folder. */
export function compileCommand(compilation: Compilation): readonly [string, ...string[]] {
  const { mono, compiler, assembly, libraries } = compilation
  const used = libraries.map((name) => `-r:${name}`)
  return ['/bin/sh', '-c', JOIN, 'sh', assembly, mono, compiler, ...OPTIONS, ...used, `-out:${assembly}`, SOURCE]
}
