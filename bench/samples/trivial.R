main <- function(name) paste("hello", name)
