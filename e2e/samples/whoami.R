main <- function() {
  variables <- Sys.getenv(c("WM_TOKEN", "BASE_INTERNAL_URL", "WM_JOB_ID", "WM_WORKSPACE"))
  place <- paste0(variables[[2]], "/api/users/whoami")
  reply <- url(place, headers = c(Authorization = paste("Bearer", variables[[1]])))
  readLines(reply, warn = FALSE)
  close(reply)
  # Any other status would have been an error.
  list(token = variables[[1]], status = 200, job = variables[[3]], workspace = variables[[4]])
}
