export function main(name: string) {
  console.log('about to fail')
  throw new TypeError(`there is no ${name}`)
}
