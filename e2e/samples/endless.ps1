Write-Host "started"
while ($true) { Start-Sleep -Milliseconds 50 }
