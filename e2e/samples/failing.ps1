param([string]$name)

Write-Host "about to fail"
throw "there is no $name"
