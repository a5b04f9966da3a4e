"""Waits on descriptor 3 for its one job, runs the playbook in a child with all imports done, answers with one frame."""

import fcntl
import json
import os
import re
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

from ansible.cli.playbook import PlaybookCLI

FATAL = re.compile(r"(?:fatal|failed): \[[^\]]*\].*?(?:FAILED|UNREACHABLE)! => (.*)")
PLACE = re.compile(r"(?:task path: .*?|line )main\.yml:(\d+)|The error appears to be in .*main\.yml': line (\d+)")
WORDS_MAX = 20


def main():
    # Out of the way of the playbook, whose processes do not get it.
    channel = fcntl.fcntl(3, fcntl.F_DUPFD_CLOEXEC, 500)
    os.close(3)
    stream = os.fdopen(os.dup(channel), "rb")
    header = stream.readline(100)
    # Nobody has a job for us any more.
    if not header:
        return
    job = json.loads(stream.read(int(header)))
    stream.close()
    os.environ.update(job["env"])
    kind, body = run(job)
    with os.fdopen(channel, "wb") as out:
        out.write(b"%s %d\n" % (kind.encode(), len(body)) + body)
    sys.exit(0 if kind == "result" else 1)


def run(job):
    try:
        arguments = prepare(job)
    except Exception as error:
        return failure(type(error).__name__, str(error), "")
    code, words = play(arguments)
    if code != 0:
        return failure("AnsibleError", *explain(code, words))
    try:
        with open("result.json", "rb") as file:
            body = file.read()
        json.loads(body)
        return "result", body
    except FileNotFoundError:
        return "result", b"null"
    except ValueError as error:
        return failure("InvalidResult", f"result.json is not valid JSON: {error}", "")


def prepare(job):
    """Writes the files that the header asks for; what is not in an inventory is a variable."""
    plan, variables = job["plan"], dict(job["args"])
    arguments = ["ansible-playbook", *plan["options"]]
    for inventory in plan["inventories"]:
        name, path = inventory["name"], inventory.get("path")
        value = fetch("resource", path) if path else variables.pop(name, None)
        if value is None:
            raise ValueError(f"the inventory {name} is not given")
        write(name, text_of(value), "0600")
        arguments += ["-i", name]
    for entry in plan["files"]:
        write(entry["target"], text_of(fetch(entry["from"], entry["path"])), entry.get("mode") or "0644")
    if plan["vaultPassword"]:
        write(".vault-password", text_of(fetch("variable", plan["vaultPassword"])), "0600")
        arguments += ["--vault-password-file", ".vault-password"]
    write(".variables.json", json.dumps(variables), "0600")
    return [*arguments, "-e", "@.variables.json", "main.yml"]


def text_of(value):
    if isinstance(value, dict) and isinstance(value.get("content"), str):
        return value["content"]
    return value if isinstance(value, str) else json.dumps(value)


def write(name, text, mode):
    here = os.path.realpath(".")
    place = os.path.realpath(os.path.join(here, name))
    if not place.startswith(here + os.sep):
        raise ValueError(f"the file {name} lies outside of the job's folder")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w", opener=lambda path, flags: os.open(path, flags, int(mode, 8))) as file:
        file.write(text)


def fetch(kind, path):
    route = "variables/get_value" if kind == "variable" else "resources/get_value_interpolated"
    base, workspace = os.environ["BASE_INTERNAL_URL"], os.environ["WM_WORKSPACE"]
    place = f"{base}/api/w/{workspace}/{route}/{urllib.parse.quote(path)}"
    request = urllib.request.Request(place, headers={"Authorization": f"Bearer {os.environ['WM_TOKEN']}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise ValueError(f"the {kind} {path} cannot be read: {error}") from None


def play(arguments):
    """The exit code, and the last lines that tell of a failure; all lines go to the log as they come."""
    out, err = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(out[1], 1)
        os.dup2(err[1], 2)
        for end in (*out, *err):
            os.close(end)
        sys.stdout.reconfigure(line_buffering=True)
        sys.stderr.reconfigure(line_buffering=True)
        PlaybookCLI.cli_executor(arguments)
        os._exit(0)
    os.close(out[1])
    os.close(err[1])
    words = []
    # What the playbook leaves running may hold the streams: they are not waited for longer than the playbook.
    pumps = [threading.Thread(target=pump, args=(end[0], to, words), daemon=True) for end, to in ((out, 1), (err, 2))]
    for thread in pumps:
        thread.start()
    _, status = os.waitpid(child, 0)
    for thread in pumps:
        thread.join(1)
    return os.waitstatus_to_exitcode(status), words


def pump(source, target, words):
    with os.fdopen(source, "rb") as lines:
        for line in lines:
            os.write(target, line)
            words.append(line.decode(errors="replace").rstrip("\n"))
            del words[:-1000]


def explain(code, words):
    """What failed in the words of the module, else the last lines of Ansible, and the line of the task."""
    if code < 0:
        return f"killed by signal {-code}", ""
    place = next((found for found in map(PLACE.search, reversed(words)) if found), None)
    stack = f"main.yml:{place[1] or place[2]}" if place else ""
    fatal = next((found for found in map(FATAL.search, words) if found), None)
    if not fatal:
        errors = [line for line in words if line.strip()][-WORDS_MAX:]
        start = next((at for at, line in enumerate(errors) if line.startswith("ERROR!")), 0)
        return re.sub(r"(?:/[\w.-]+)*/main\.yml", "main.yml", "\n".join(errors[start:])) or f"exit code {code}", stack
    try:
        details = json.loads(fatal[1])
        message = details.get("msg") or details.get("stderr") or fatal[1]
    except ValueError:
        return f"{fatal[1]} (exit code {code})", stack
    return f"{message} (exit code {details.get('rc', code)})", stack


def failure(name, message, stack):
    return "error", json.dumps({"name": name, "message": str(message), "stack": stack}).encode()


main()
