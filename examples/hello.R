main <- function(name, times = 1L) {
  greeting <- paste("Hello", name)
  for (count in seq_len(times)) cat(greeting, "\n", sep = "")
  list(greeting = greeting, times = times)
}
