# What scripts call without a package.

get_variable <- function(path) fetch("variables/get_value", path)

get_resource <- function(path) fetch("resources/get_value_interpolated", path)

fetch <- function(route, path) {
  variables <- Sys.getenv(c("BASE_INTERNAL_URL", "WM_WORKSPACE", "WM_TOKEN"))
  place <- paste0(variables[[1L]], "/api/w/", variables[[2L]], "/", route, "/", utils::URLencode(path))
  answer <- url(place, headers = c(Authorization = paste("Bearer", variables[[3L]])))
  on.exit(close(answer))
  decode(paste(readLines(answer, warn = FALSE, encoding = "UTF-8"), collapse = "\n"))
}
