"""Serves one script: loads it once and runs its jobs one after the other, as descriptor 3 brings them."""

import fcntl
import json
import os
import sys

RUNTIME = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, RUNTIME)
import runner

sys.path.remove(RUNTIME)

CHUNK = 1 << 18


def main():
    packages = sys.argv[1] if len(sys.argv) > 1 else None
    # Out of the script's way: it may use, close or garble descriptor 3.
    channel = fcntl.fcntl(3, fcntl.F_DUPFD_CLOEXEC, 500)
    os.close(3)
    folder = os.getcwd()
    gate = Gate(folder)
    environment = Environment(packages)
    lines = Reader(channel)
    mark = lines.read_line() + b"\n"
    is_first = True
    while True:
        header = lines.read_line()
        if not header:
            return
        body = lines.read(int(lines.read_line()))
        if not gate.begin(int(header.split()[1])):
            runner.send_frame(channel, "skip", b"")
            continue
        job = json.loads(body)
        if is_first:
            runner.prepare_process(folder)
            runner.prepare_job(job, folder, packages)
            is_first = False
        environment.change(runner.environment_of(job))
        os.chdir(folder)
        frame, code = serve(job, folder)
        is_marked = end_log(mark)
        runner.write_all(channel, frame + runner.frame("exit", b'{"code":%d,"signal":null}' % code))
        if not is_marked:
            os._exit(1)


def serve(job, folder):
    try:
        return runner.frame(*runner.answer(job, folder)), 0
    except BaseException as error:  # whatever the script raises is its outcome
        return runner.frame("error", json.dumps(runner.describe(error)).encode()), 1


def end_log(mark):
    """Marks the end of what the job printed; false where the script closed a stream for good."""
    try:
        for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                pass
            runner.write_all(descriptor, mark)
        return True
    except OSError:
        return False


class Gate:
    """Decides with the worker whether a job that lies before this process begins: who looks second sees what the other one wrote."""

    def __init__(self, folder):
        path = folder + "/.gate"
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        os.unlink(path)
        self.file = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 500)
        os.close(descriptor)
        self.count = 0

    def begin(self, round_of_job):
        self.count = (self.count + 1) & 255
        os.pwrite(self.file, bytes((self.count,)), 1)
        return os.pread(self.file, 1, 0)[0] == round_of_job


class Environment:
    """The process's own variables and those of its job, whatever the job before made of them."""

    def __init__(self, packages):
        self.inherited = dict(os.environ)
        if packages:
            # As it is set for the first job: interpreters that the script starts find them too.
            self.inherited.setdefault("PYTHONPATH", packages)
        self.set = None
        self.as_set = None

    def change(self, variables):
        wanted = {**self.inherited, **variables}
        # Most jobs leave it alone: then only what differs from the job before is touched.
        is_untouched = self.set is not None and self.raw() == self.as_set
        known = self.set if is_untouched else dict(os.environ)
        for name in known.keys() - wanted.keys():
            del os.environ[name]
        for name, value in wanted.items():
            if known.get(name) != value:
                os.environ[name] = value
        self.set = wanted
        self.as_set = dict(self.raw())

    def raw(self):
        """The bytes that it keeps: to compare texts, each would be decoded."""
        return getattr(os.environ, "_data", os.environ)


class Reader:
    """Takes what the worker sent in large pieces: several jobs come at once."""

    def __init__(self, channel):
        self.channel = channel
        self.buffer = b""
        self.at = 0

    def read_line(self):
        """Without its end; empty when nobody has a job any more."""
        while True:
            end = self.buffer.find(b"\n", self.at)
            if end >= 0:
                line = self.buffer[self.at:end]
                self.at = end + 1
                return line
            if not self.fill(CHUNK):
                return b""

    def read(self, size):
        while len(self.buffer) - self.at < size:
            if not self.fill(max(CHUNK, size)):
                raise EOFError("the channel ended within a job")
        data = self.buffer[self.at:self.at + size]
        self.at += size
        return data

    def fill(self, size):
        chunk = os.read(self.channel, size)
        self.buffer = self.buffer[self.at:] + chunk
        self.at = 0
        return len(chunk) > 0


main()
