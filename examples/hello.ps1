param([Parameter(Mandatory)][string]$name, [int]$times = 1)

for ($count = 0; $count -lt $times; $count++) { Write-Host "Hello $name" }
"Hello $name"
