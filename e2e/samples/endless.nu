def main [] {
  print "started"
  loop { sleep 50ms }
}
