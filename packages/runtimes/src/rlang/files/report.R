# What went wrong, in terms of the script.

describe <- function(condition, stack) {
  kind <- class(condition)[1L]
  name <- if (kind %in% c("simpleError", "error")) "Error" else kind
  message <- gsub(paste0(folder, "/"), "", conditionMessage(condition), fixed = TRUE)
  message <- iconv(enc2utf8(message), "UTF-8", "UTF-8", sub = "byte")
  object_of(c("name", "message", "stack"), quote_text(c(name, message, stack)))
}

# `main.R:3: stop("x")`, the innermost call first, for calls that stand in the script.
stack_of <- function(calls) {
  lines <- vapply(rev(calls), function(call) {
    place <- attr(call, "srcref")
    if (is.null(place)) return("")
    file <- basename(attr(place, "srcfile")$filename)
    if (file != "main.R") return("")
    paste0(file, ":", place[1L], ": ", substr(paste(deparse(call, nlines = 1L), collapse = ""), 1L, 80L))
  }, "")
  paste(unique(lines[lines != ""]), collapse = "\n")
}
