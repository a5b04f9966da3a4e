def main(name, times = 1)
  greeting = "Hello #{name}"
  times.times { puts greeting }
  { greeting: greeting, times: times }
end
