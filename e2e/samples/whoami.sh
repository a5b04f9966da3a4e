# Speaks HTTP by hand: a machine need not have curl.
address="${BASE_INTERNAL_URL#http://}"
exec 5<>"/dev/tcp/${address%:*}/${address##*:}"
printf 'GET /api/users/whoami HTTP/1.0\r\nhost: %s\r\nauthorization: Bearer %s\r\n\r\n' "$address" "$WM_TOKEN" >&5
read -r _ status _ <&5
printf '{"token": "%s", "status": %s, "job": "%s", "workspace": "%s"}' \
  "$WM_TOKEN" "$status" "$WM_JOB_ID" "$WM_WORKSPACE" >result.json
