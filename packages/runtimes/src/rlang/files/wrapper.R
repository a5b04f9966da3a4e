# Waits on stdin for its one job (JSON), calls `main`, leaves the frame for the bridge, which alone holds the channel.
millrace <- new.env()
for (name in c("json.R", "report.R", "client.R")) sys.source(file.path(Sys.getenv("MILLRACE_RUNTIME"), name), millrace)

local(envir = millrace, {
  # The working folder at the start; a sandbox that cannot mount has another place for it.
  folder <- getwd()

  receive <- function() {
    input <- file("stdin", "rb")
    on.exit(close(input))
    bytes <- raw()
    while (length(chunk <- readBin(input, "raw", 1048576L)) > 0L) bytes <- c(bytes, chunk)
    # Nobody has a job for us any more.
    if (length(bytes) == 0L) quit(save = "no", status = 0L)
    text <- rawToChar(bytes)
    Encoding(text) <- "UTF-8"
    decode(text)
  }

  # The given arguments that `main` knows; all of them when it takes any.
  choose <- function(main, args) {
    known <- names(formals(main))
    if ("..." %in% known) args else args[names(args) %in% known]
  }

  call_main <- function(args) {
    for (expression in parse("main.R", keep.source = TRUE, encoding = "UTF-8")) eval(expression, globalenv())
    main <- get0("main", globalenv(), mode = "function", inherits = FALSE)
    if (is.null(main)) stop("the script has no function main", call. = FALSE)
    do.call(main, choose(main, args), quote = TRUE)
  }

  answer <- function(kind, text) {
    output <- file(file.path(folder, paste0(".frame-", kind)), "wb")
    writeBin(charToRaw(enc2utf8(text)), output)
    close(output)
  }

  serve <- function() {
    options(keep.source = TRUE, warn = 1L, PCRE_use_JIT = FALSE, encoding = "UTF-8")
    job <- receive()
    if (length(job$env) > 0L) do.call(Sys.setenv, job$env)
    Sys.unsetenv("MILLRACE_RUNTIME")
    stack <- ""
    failure <- tryCatch(
      withCallingHandlers(
        {
          value <- call_main(job$args)
          answer("result", encode_result(value))
          NULL
        },
        error = function(condition) stack <<- stack_of(sys.calls())
      ),
      error = identity
    )
    if (is.null(failure)) return(0L)
    answer("error", describe(failure, stack))
    1L
  }
})

attach(list(get_variable = millrace$get_variable, get_resource = millrace$get_resource), name = "millrace")
rm(name)
quit(save = "no", status = millrace$serve())
