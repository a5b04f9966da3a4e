require 'net/http'

def main
  token = ENV['WM_TOKEN']
  place = URI("#{ENV['BASE_INTERNAL_URL']}/api/users/whoami")
  reply = Net::HTTP.get_response(place, 'authorization' => "Bearer #{token}")
  { token: token, status: reply.code.to_i, job: ENV['WM_JOB_ID'], workspace: ENV['WM_WORKSPACE'] }
end
