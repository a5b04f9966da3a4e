$reply = Invoke-WebRequest -Uri "$env:BASE_INTERNAL_URL/api/users/whoami" -Headers @{ Authorization = "Bearer $env:WM_TOKEN" }
@{ token = $env:WM_TOKEN; status = [int]$reply.StatusCode; job = $env:WM_JOB_ID; workspace = $env:WM_WORKSPACE }
