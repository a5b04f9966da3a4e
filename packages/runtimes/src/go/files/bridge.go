package inner

// MillraceMain is the script's function, for the command that calls it.
var MillraceMain any = main
