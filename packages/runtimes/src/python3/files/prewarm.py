"""Waits for one job on descriptor 3 and runs it, for hosts where a zygote cannot make boxes of its own."""

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
    # The working folder at the start; a sandbox that cannot mount has another place for it.
    runner.prepare_process(os.getcwd())
    header = runner.read_line(channel)
    if not header:
        return
    job = json.loads(runner.read_exactly(channel, int(header)))
    runner.run(job, channel, packages)


main()
