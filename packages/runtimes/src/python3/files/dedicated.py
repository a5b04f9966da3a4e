"""Serves one script: loads it once and runs its jobs one after the other, as descriptor 3 brings them."""

import fcntl
import json
import os
import sys

RUNTIME = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, RUNTIME)
import runner

sys.path.remove(RUNTIME)


def main():
    packages = sys.argv[1] if len(sys.argv) > 1 else None
    # Out of the script's way: it may use, close or garble descriptor 3.
    channel = fcntl.fcntl(3, fcntl.F_DUPFD_CLOEXEC, 500)
    os.close(3)
    folder = os.getcwd()
    inherited = dict(os.environ)
    is_first = True
    while True:
        header = runner.read_line(channel)
        if not header:
            return
        job = json.loads(runner.read_exactly(channel, int(header)))
        if is_first:
            runner.prepare_process(job, folder, packages)
            is_first = False
        else:
            os.environ.clear()
            os.environ.update({**inherited, **runner.environment_of(job)})
            os.chdir(folder)
        code = serve(job, channel, folder)
        runner.send_frame(channel, "exit", json.dumps({"code": code, "signal": None}).encode())
        end_log(runner.read_line(channel))


def serve(job, channel, folder):
    try:
        runner.send_frame(channel, *runner.answer(job, folder))
        return 0
    except BaseException as error:  # whatever the script raises is its outcome
        runner.send_frame(channel, "error", json.dumps(runner.describe(error)).encode())
        return 1


def end_log(line):
    """Marks the end of what the job printed: `flush <token>`."""
    token = line.split()[1] + b"\n" if line.startswith(b"flush ") else b""
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
        os.write(descriptor, token)


main()
