import json
import sys

import wmill

callee, script_hash = sys.argv[1:]
path = "f/sdk/p" + callee.split("/")[-1]
wmill.set_variable(path, "first")
wmill.set_variable(path, "second")
wmill.set_variable(path + "_secret", "correct horse", is_secret=True)
wmill.set_resource(path + "_db", {"host": "h", "password": "$var:" + path + "_secret"}, "postgresql")
before = wmill.get_state()
wmill.set_state({"runs": 1})
wmill.set_progress(42)
job = wmill.run_script_by_path_async(callee, {"name": "async"})
byHash = wmill.run_script_by_hash(script_hash, {"name": "hash"})
print(json.dumps({
    "variable": wmill.get_variable(path),
    "secret": wmill.get_variable(path + "_secret"),
    "resource": wmill.get_resource(path + "_db"),
    "raw": wmill.get_resource(path + "_db", interpolated=False),
    "listed": [each["path"] for each in wmill.list_resources(resource_type="postgresql") if each["path"] == path + "_db"],
    "missing": wmill.get_resource("f/sdk/none", none_if_undefined=True),
    "before": before,
    "state": wmill.get_state(),
    "progress": wmill.get_progress(),
    "byPath": wmill.run_script(path=callee, args={"name": "path"}),
    "byPathSync": wmill.run_script_by_path(callee, {"name": "sync"}),
    "byHash": byHash,
    "result": wmill.Windmill().wait_job(job),
    "again": wmill.get_result(job),
    "status": wmill.get_job_status(job),
    "email": wmill.username_to_email("admin"),
    "whoami": wmill.whoami()["username"],
    "root": wmill.get_root_job_id(),
}))
