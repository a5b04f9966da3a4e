main <- function(name) {
  cat("about to fail\n")
  stop("there is no ", name)
}
