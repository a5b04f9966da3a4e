import os
import urllib.request


def main():
    token = os.environ["WM_TOKEN"]
    request = urllib.request.Request(
        os.environ["BASE_INTERNAL_URL"] + "/api/users/whoami",
        headers={"authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request) as reply:
        status = reply.status
    return {
        "token": token,
        "status": status,
        "job": os.environ["WM_JOB_ID"],
        "workspace": os.environ["WM_WORKSPACE"],
    }
