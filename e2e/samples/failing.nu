def main [name: string] {
  print "about to fail"
  error make {msg: $"there is no ($name)"}
}
