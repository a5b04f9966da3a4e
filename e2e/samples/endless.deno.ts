export async function main() {
  console.log('started')
  for (;;) await new Promise((resolve) => setTimeout(resolve, 50))
}
