main <- function() {
  cat("started\n")
  repeat Sys.sleep(0.05)
}
