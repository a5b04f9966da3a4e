export function main(name: string) {
  return `hello ${name}`
}
