import type { Code } from '../worker-server.ts'

/** Code that takes memory until it is stopped: in the process's own heap where its language has one, which is the harder case. */
export interface Hog extends Code {
  /** Takes long to build. */
  readonly isCompiled?: boolean
}

/** One of each family of languages: by how their interpreters hold memory, and by how a job comes into its box. */
export const HOGS: readonly Hog[] = [
  { language: 'bash', content: 'tail /dev/zero' },
  // It goes on without what was killed of it.
  { language: 'bash', content: 'tail /dev/zero; echo fine' },
  {
    language: 'python3',
    content: 'def main():\n    taken = []\n    while True:\n        taken.append(b"x" * 1_000_000)\n',
  },
  {
    language: 'bun',
    content: 'export function main() { const taken = []; for (let n = 0; ; n++) taken.push({ n, text: "x" + n }) }',
  },
  {
    language: 'bun',
    content:
      '//nodejs\nexport function main() { const taken = []; for (let n = 0; ; n++) taken.push({ n, text: "x" + n }) }',
  },
  {
    language: 'deno',
    content: 'export function main() { const taken = []; for (;;) taken.push(new Uint8Array(1_000_000).fill(1)) }',
  },
  {
    language: 'php',
    content: '<?php\nfunction main() { $taken = []; for (;;) $taken[] = str_repeat("x", 1000000) . count($taken); }',
  },
  { language: 'ruby', content: 'def main\n  taken = []\n  loop { taken << "x" * 1_000_000 }\nend\n' },
  {
    language: 'rlang',
    content: 'main <- function() { taken <- list(); repeat taken[[length(taken) + 1]] <- rep(1, 1e5) }',
  },
  {
    language: 'csharp',
    content: `using System.Collections.Generic;
class A { public static int Main() { var taken = new List<byte[]>(); while (true) {
  var piece = new byte[1000000]; for (int at = 0; at < piece.Length; at++) piece[at] = 1; taken.Add(piece); } } }`,
  },
  {
    language: 'java',
    isCompiled: true,
    content: `import java.util.*;
public class Main { public static int main() { List<byte[]> taken = new ArrayList<>(); while (true) {
  byte[] piece = new byte[1000000]; Arrays.fill(piece, (byte) 1); taken.add(piece); } } }`,
  },
  {
    language: 'go',
    isCompiled: true,
    content: `package inner

func main() int {
	var taken [][]byte
	for {
		piece := make([]byte, 1000000)
		for at := range piece { piece[at] = 1 }
		taken = append(taken, piece)
	}
	return len(taken)
}
`,
  },
  {
    language: 'rust',
    isCompiled: true,
    content:
      'fn main() -> usize { let mut taken: Vec<Vec<u8>> = Vec::new(); loop { taken.push(vec![1; 1_000_000]); if taken.len() == usize::MAX { return 0 } } }',
  },
]
