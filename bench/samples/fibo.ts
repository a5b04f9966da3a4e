export function main(n: number): number {
  return n < 2 ? n : main(n - 1) + main(n - 2)
}
