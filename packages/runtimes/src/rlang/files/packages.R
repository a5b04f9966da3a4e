# Pins or installs packages, in the working folder: `needs` has names, or a lock. Called with "resolve" or "install" and a
# folder to keep archives in.
local({
  arguments <- commandArgs(trailingOnly = TRUE)
  archives <- arguments[2]
  dir.create(archives, showWarnings = FALSE, recursive = TRUE)
  configured <- Sys.getenv("CRAN_REPOSITORIES", "https://cloud.r-project.org")
  repositories <- sub("/+$", "", strsplit(trimws(configured), " +")[[1]])
  options(timeout = 120, warn = 1L, HTTPUserAgent = "Millrace")

  give_up <- function(...) {
    message(...)
    quit(save = "no", status = 1L)
  }

  without_secret <- function(text) gsub("//[^/@ ]*@", "//", text)

  # A warning is all that R gives when a repository does not answer; others it gives for forms of an index that it tries.
  read_index <- function() {
    problems <- character()
    note <- function(problem) {
      problems <<- c(problems, conditionMessage(problem))
      invokeRestart("muffleWarning")
    }
    addresses <- utils::contrib.url(repositories, "source")
    filters <- c("R_version", "OS_type", "duplicates")
    index <- withCallingHandlers(
      utils::available.packages(addresses, filters = filters, ignore_repo_cache = TRUE),
      warning = note
    )
    if (!any(grepl("unable to access index", problems, fixed = TRUE))) return(index)
    give_up("the index of packages could not be read: ", without_secret(paste(unique(problems), collapse = "; ")))
  }

  # Names and lowest versions of what a package needs to be installed and loaded.
  needs_of <- function(row) {
    fields <- row[c("Depends", "Imports", "LinkingTo")]
    parts <- trimws(unlist(strsplit(fields[!is.na(fields)], ",")))
    parts <- parts[nzchar(parts)]
    name <- sub("[ (\n].*", "", parts)
    is_bound <- grepl("\\(\\s*>=", parts)
    minimum <- ifelse(is_bound, gsub(".*>=\\s*|\\s*\\).*", "", parts), "0")
    keep <- name != "R"
    list(name = name[keep], minimum = minimum[keep])
  }

  # The newest that the repositories have, unless the host's own will do.
  choose <- function(wanted) {
    host <- utils::installed.packages()
    base <- rownames(host)[host[, "Priority"] %in% "base"]
    index <- NULL
    chosen <- list()
    visit <- function(name, minimum, by) {
      if (name %in% base) return()
      known <- chosen[[name]]
      if (!is.null(known) && package_version(known$version) >= minimum) return()
      if (is.null(known) && name %in% rownames(host) && package_version(host[name, "Version"]) >= minimum) {
        chosen[[name]] <<- list(version = host[name, "Version"], source = "host")
        return()
      }
      if (is.null(index)) index <<- read_index()
      needed <- if (is.null(by)) "" else paste0(", which ", by, " needs")
      if (!name %in% rownames(index)) {
        give_up("there is no package ", name, needed, ": neither has the host it nor ", without_secret(toString(repositories)))
      }
      version <- index[name, "Version"]
      if (package_version(version) < minimum) {
        give_up(name, " ", minimum, needed, ", is not to be had: the newest is ", version)
      }
      # Two that need each other would go on for ever; a host's package that is too old is replaced in its place.
      chosen[[name]] <<- list(version = version, source = "repository")
      needs <- needs_of(index[name, ])
      for (at in seq_along(needs$name)) visit(needs$name[at], needs$minimum[at], name)
      entry <- chosen[[name]]
      chosen[[name]] <<- NULL
      chosen[[name]] <<- entry
    }
    for (name in wanted) visit(name, "0", NULL)
    chosen
  }

  hash_of <- function(file) sub("[ \t].*", "", system2("sha256sum", shQuote(file), stdout = TRUE)[1])

  # Repositories have the newest in one folder and move older ones into another.
  fetch <- function(name, version) {
    file <- paste0(name, "_", version, ".tar.gz")
    target <- tempfile(fileext = ".tar.gz")
    problems <- character()
    for (repository in repositories) for (folder in c("", paste0("Archive/", name, "/"))) {
      problem <- tryCatch(
        {
          utils::download.file(paste0(repository, "/src/contrib/", folder, file), target, quiet = TRUE, mode = "wb")
          ""
        },
        warning = conditionMessage,
        error = conditionMessage
      )
      if (identical(problem, "")) return(target)
      problems <- c(problems, problem)
    }
    give_up(name, " ", version, " could not be fetched: ", without_secret(paste(unique(problems), collapse = "; ")))
  }

  # By content, so that what is kept is never another file.
  keep <- function(file) {
    hash <- hash_of(file)
    kept <- file.path(archives, paste0(hash, ".tar.gz"))
    if (!file.exists(kept)) {
      file.copy(file, part <- paste0(kept, ".", Sys.getpid()))
      file.rename(part, kept)
    }
    hash
  }

  resolve <- function() {
    chosen <- choose(readLines("needs"))
    lines <- vapply(names(chosen), function(name) {
      entry <- chosen[[name]]
      origin <- if (entry$source == "host") "host" else paste0("sha256:", keep(fetch(name, entry$version)))
      paste(name, entry$version, origin)
    }, "")
    writeLines(lines, "lock")
  }

  find_archive <- function(name, version, hash) {
    kept <- file.path(archives, paste0(hash, ".tar.gz"))
    # Another job of the workspace may have been at it.
    if (file.exists(kept) && identical(hash_of(kept), hash)) return(kept)
    fetched <- fetch(name, version)
    if (identical(hash_of(fetched), hash)) return(fetched)
    give_up(name, " ", version, " is another file than the lock says: deploy the script again")
  }

  install <- function() {
    dir.create("packages")
    library <- normalizePath("packages")
    Sys.setenv(R_LIBS = paste(library, Sys.getenv("R_LIBS"), sep = ":"))
    for (line in grep("^\\S+ \\S+ \\S+$", readLines("needs"), value = TRUE)) {
      parts <- strsplit(line, " ", fixed = TRUE)[[1]]
      if (parts[3] == "host") {
        if (nzchar(system.file(package = parts[1]))) next
        give_up("the lock takes ", parts[1], " from the host, and this one does not have it: install it, or deploy the script again")
      }
      archive <- find_archive(parts[1], parts[2], sub("^sha256:", "", parts[3]))
      options <- c("CMD", "INSTALL", "--no-docs", "--no-multiarch", paste0("--library=", shQuote(library)), shQuote(archive))
      said <- suppressWarnings(system2(file.path(R.home("bin"), "R"), options, stdout = TRUE, stderr = TRUE))
      if (is.null(attr(said, "status"))) next
      message(paste(utils::tail(said, 20L), collapse = "\n"))
      give_up(parts[1], " ", parts[2], " could not be installed")
    }
  }

  if (arguments[1] == "resolve") resolve() else install()
})
