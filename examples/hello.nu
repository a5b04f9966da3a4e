def main [name: string] {
  let greeting = $"Hello ($name)"
  print $greeting
  { greeting: $greeting }
}
