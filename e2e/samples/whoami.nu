def main [] {
  let headers = { Authorization: $"Bearer ($env.WM_TOKEN)" }
  let reply = (http get --full --headers $headers $"($env.BASE_INTERNAL_URL)/api/users/whoami")
  { token: $env.WM_TOKEN, status: $reply.status, job: $env.WM_JOB_ID, workspace: $env.WM_WORKSPACE }
}
