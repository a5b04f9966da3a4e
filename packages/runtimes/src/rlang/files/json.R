# JSON in base R, since a host need not have a package for it.

refuse <- function(reason) stop("main returned a value that is no JSON: ", reason, call. = FALSE)

encode_result <- function(value) {
  tryCatch(encode(value, 0L), stackOverflowError = function(condition) refuse("it is nested too deep"))
}

encode <- function(value, depth) {
  if (depth > 400L) refuse("it is nested too deep, or contains itself")
  if (is.null(value)) return("null")
  if (is.data.frame(value)) return(encode_rows(value, depth))
  value <- plain(value)
  if (is.matrix(value)) return(list_of(apply(value, 1L, function(row) list_of(items_of(unname(row), depth)))))
  if (!is.list(value) && !is.atomic(value)) refuse(paste0("a value of the type ", typeof(value)))
  items <- items_of(value, depth)
  if (!is.null(names(value))) return(object_of(names(value), items))
  if (is.list(value) || length(items) != 1L || inherits(value, "AsIs")) list_of(items) else items
}

# Factors and times as texts.
plain <- function(value) {
  if (is.factor(value)) return(as.character(value))
  if (inherits(value, "Date")) return(format(value, "%Y-%m-%d"))
  if (inherits(value, "POSIXt")) return(format(value, "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC"))
  if (inherits(value, "difftime")) return(as.numeric(value, units = "secs"))
  value
}

# The texts of the members of a vector or list.
items_of <- function(value, depth) {
  if (is.list(value)) return(vapply(value, encode, "", depth = depth + 1L, USE.NAMES = FALSE))
  value <- unname(plain(value))
  if (length(value) == 0L) return(character())
  text <- switch(typeof(value),
    character = quote_text(value),
    logical = ifelse(value, "true", "false"),
    integer = as.character(value),
    double = number_text(value),
    refuse(paste0("a value of the type ", typeof(value)))
  )
  text[is.na(value)] <- "null"
  text
}

# As few digits as tell the number from its neighbours.
number_text <- function(value) {
  odd <- is.nan(value) | is.infinite(value)
  if (any(odd)) refuse(paste(format(value[odd][1L]), "is no number of JSON"))
  short <- sprintf("%.15g", value)
  exact <- is.na(value) | as.numeric(short) == value
  ifelse(exact, short, sprintf("%.17g", value))
}

quote_text <- function(text) {
  foreign <- Encoding(text) == "latin1" | is.na(text)
  if (!all(validUTF8(text[!foreign]))) refuse("it has bytes that are no UTF-8; encode them with Base64")
  text <- enc2utf8(text)
  text <- gsub("\\", "\\\\", text, fixed = TRUE)
  text <- gsub("\"", "\\\"", text, fixed = TRUE)
  for (code in which(vapply(1:31, function(code) any(grepl(intToUtf8(code), text, fixed = TRUE)), NA))) {
    text <- gsub(intToUtf8(code), sprintf("\\u%04x", code), text, fixed = TRUE)
  }
  paste0("\"", text, "\"")
}

list_of <- function(items) paste0("[", paste(items, collapse = ","), "]")

# What has no name is named by its place.
object_of <- function(keys, items) {
  unnamed <- is.na(keys) | keys == ""
  keys[unnamed] <- as.character(seq_along(keys))[unnamed]
  paste0("{", paste(quote_text(keys), items, sep = ":", collapse = ","), "}")
}

encode_rows <- function(frame, depth) {
  if (nrow(frame) == 0L) return("[]")
  if (ncol(frame) == 0L) return(list_of(rep("{}", nrow(frame))))
  cells <- Map(function(key, column) paste0(quote_text(key), ":", items_of(column, depth + 1L)), names(frame), frame)
  rows <- do.call(paste, c(unname(cells), sep = ","))
  list_of(paste0("{", rows, "}"))
}

TOKEN <- "\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|[-+0-9.eE]++|true|false|null|[\\[\\]{},:]"

# Lists of texts, numbers or truths of one kind become vectors, objects become lists with names.
decode <- function(text) {
  tokens <- regmatches(text, gregexpr(TOKEN, text, perl = TRUE))[[1L]]
  at <- 0L
  take <- function() {
    at <<- at + 1L
    tokens[at]
  }
  value <- function() {
    token <- take()
    first <- substr(token, 1L, 1L)
    switch(first,
      "{" = object(),
      "[" = items(),
      "\"" = read_text(token),
      t = TRUE,
      f = FALSE,
      n = NULL,
      number(token)
    )
  }
  object <- function() {
    found <- list()
    keys <- character()
    while (tokens[at + 1L] != "}") {
      if (tokens[at + 1L] == ",") take()
      keys <- c(keys, read_text(take()))
      take()
      found[length(keys)] <- list(value())
    }
    take()
    if (length(keys) == 0L) structure(list(), names = character()) else structure(found, names = keys)
  }
  items <- function() {
    found <- list()
    while (tokens[at + 1L] != "]") {
      if (tokens[at + 1L] == ",") take()
      found[length(found) + 1L] <- list(value())
    }
    take()
    simplify(found)
  }
  value()
}

number <- function(token) {
  value <- as.numeric(token)
  if (grepl("[.eE]", token) || abs(value) > .Machine$integer.max) value else as.integer(value)
}

# A vector of one item is marked, so that it goes back as a list.
simplify <- function(found) {
  if (length(found) == 0L || !all(vapply(found, is.atomic, NA)) || any(lengths(found) != 1L)) return(found)
  kinds <- unique(vapply(found, function(item) if (is.numeric(item)) "number" else typeof(item), ""))
  if (length(kinds) != 1L || any(vapply(found, inherits, NA, "AsIs"))) return(found)
  vector <- unlist(found)
  if (length(vector) == 1L) I(vector) else vector
}

ESCAPE <- "\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\\\u[0-9a-fA-F]{4}|\\\\."
ESCAPES <- c(n = "\n", t = "\t", r = "\r", b = "\b", f = "\f")

read_text <- function(token) {
  text <- substr(token, 2L, nchar(token) - 1L)
  if (!grepl("\\", text, fixed = TRUE)) return(text)
  found <- gregexpr(ESCAPE, text, perl = TRUE)
  regmatches(text, found) <- list(vapply(regmatches(text, found)[[1L]], unescape, "", USE.NAMES = FALSE))
  text
}

# A text of R cannot hold NUL, and half a pair is nothing.
unescape <- function(written) {
  letter <- substr(written, 2L, 2L)
  if (letter != "u") return(if (letter %in% names(ESCAPES)) ESCAPES[[letter]] else letter)
  codes <- strtoi(substring(written, seq(3L, nchar(written), 6L), seq(6L, nchar(written), 6L)), 16L)
  code <- if (length(codes) == 2L) 65536L + (codes[1L] - 55296L) * 1024L + codes[2L] - 56320L else codes
  if (code == 0L || (code >= 55296L && code <= 57343L)) "" else intToUtf8(code)
}
