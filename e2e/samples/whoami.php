<?php

function main()
{
    $token = getenv("WM_TOKEN");
    $headers = ["http" => ["header" => "authorization: Bearer $token"]];
    file_get_contents(getenv("BASE_INTERNAL_URL") . "/api/users/whoami", false, stream_context_create($headers));
    return [
        "token" => $token,
        "status" => (int) explode(" ", $http_response_header[0])[1],
        "job" => getenv("WM_JOB_ID"),
        "workspace" => getenv("WM_WORKSPACE"),
    ];
}
