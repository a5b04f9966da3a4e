export async function main() {
  const token = process.env['WM_TOKEN']
  const reply = await fetch(`${process.env['BASE_INTERNAL_URL']}/api/users/whoami`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { token, status: reply.status, job: process.env['WM_JOB_ID'], workspace: process.env['WM_WORKSPACE'] }
}
