param([string]$name)

"hello $name"
