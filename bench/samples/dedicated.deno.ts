export function main(name: string = 'you') {
  return `hello ${name}`
}
