import type { TokenRules } from '../shared/tokens.ts'

/** R: texts, raw texts, numbers, names (in back ticks too), operators. */
export const rules: TokenRules = {
  kinds: [
    ['blank', /[^\S\n]+|#[^\n]*/y],
    ['break', /[\n;]/y],
    ['raw', /[rR](["'])(-*)(?:\([\s\S]*?\)|\[[\s\S]*?\]|\{[\s\S]*?\})\2\1/y],
    ['text', /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y],
    ['number', /0[xX][\da-fA-F]+[Li]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[Li]?/y],
    ['name', /(?:\p{L}|\.(?!\d))[\p{L}\p{N}._]*|`[^`\n]*`/uy],
    ['sign', /<<-|<-|->>?|%[^%\n]*%|\|>|[<>=!]=|:::?|&&?|\|\|?/y],
  ],
  broken: [
    ['a text is not closed that begins', /["']/y],
    ['a name is not closed that begins', /`/y],
  ],
}
