export async function main(name: string, times = 1) {
  const greeting = `Hello ${name}`
  for (let count = 0; count < times; count++) console.log(greeting)
  return { greeting, times }
}
