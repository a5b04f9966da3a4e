"""
Forks one isolated process tree per job. Two processes play in it:

- the zygote has all imports done and stays. What a job is given and says passes through it and never into its memory, since
  what it holds every later job inherits.
- the job is process 1 of a process namespace of its own. It shows its folder as /job, hides the neighbours, gives up all rights, and
  runs the script. When it ends, the kernel ends the tree.

A job's process is forked ahead of it. On descriptor 3 come `job <bytes> <turn> <end>` and the input, for a job whose folder is
`/jobs/<turn>`, then `term`, `kill` and `more <bytes>` with bytes for the job; out go frames, each `<kind> <bytes>` and those bytes: `stdout`, `stderr` and `channel` with
what the job wrote there, and `exit` when its tree is gone and the folder of the next one is there; `ready` when the first one is.
One job at a time.

A job that has nothing left to do says so, and its tree is killed, which spares it its own end. Where <end> is `early`, that is told at once,
while the kernel still takes the tree down: nothing of it runs any more.
"""

import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import termios
import time

sys.path.insert(0, "/runtime")
import isolation
import runner

# Modules that scripts import; here they cost nothing per job.
import collections, concurrent.futures, contextlib, copy, csv, functools, glob, hashlib, hmac, html, http.client, io  # noqa
import itertools, logging, operator, pickle, queue, random, secrets, shutil, ssl, statistics, string, subprocess  # noqa
import tempfile, textwrap, threading, typing, urllib.parse, urllib.request, xml.etree.ElementTree, zipfile, zoneinfo  # noqa

sys.path.remove("/runtime")

CONTROL = 3
# What a pipe holds.
PIECE = 1 << 16
# Most jobs are over within this time, and then all that they did is told at once.
QUIET_MS = 4
# What comes of an end has the processor for this time before the next tree takes it; a job that came
# by then is a sign that jobs follow each other closely, and there is no such pause for some turns.
PAUSE_MS = 30
HURRY_TURNS = 20
# A process whose job is not there by then has time for a rehearsal; where jobs follow each other closely it would only be more work.
REST_MS = 40
# FS_IOC_SETFLAGS and FS_TOPDIR_FL.
SET_FLAGS = 0x40086602
IS_TOP = 0x20000
# Those of ext4 file systems, by their devices.
JOURNALS = "/proc/fs/jbd2"
# Where the packages of all jobs of this zygote are. It imports none of them itself: it has rights that they must not have.
PACKAGES = sys.argv[1] if len(sys.argv) > 1 else None
# What holds for every job, read before any of them is there.
STRICT = isolation.read_filter()
# What a job is given and says goes through this pipe.
TRANSIT = os.pipe()


def main():
    os.set_inheritable(CONTROL, False)
    # Not in the folder of jobs, which a job could reach through a process that stands in it.
    os.chdir("/")
    isolation.bound_rights()
    isolation.hide_memory(True)
    # The interpreter rewrites what it has run some times: once here instead of in each process.
    for _ in range(30):
        runner.rehearse()
    gc.collect()
    gc.freeze()
    gone = None
    turn = hurry = 0
    spread_folders()
    make_folder(turn)
    runner.send_frame(CONTROL, "ready", b"")
    while True:
        # While nobody waits for it.
        make_folder(turn + 1)
        if gone:
            if hurry > 0:
                hurry -= 1
            elif is_there(CONTROL, PAUSE_MS):
                hurry = HURRY_TURNS
            # What is left of the last job counts against the bounds of the next one.
            gone.reap()
        tree = Tree(turn)
        size, given, is_early = next_job()
        if given != turn:
            raise SystemExit(f"it is turn {turn}, not {given}")
        serve(tree, size, is_early)
        tree.close()
        gone = tree
        turn += 1


def is_there(source, milliseconds):
    """Waits until there is something to read, and so long at the most."""
    poll = select.poll()
    poll.register(source, select.POLLIN)
    return bool(poll.poll(milliseconds))


def next_job():
    """A signal that came too late for its job is none, and what is told one that is over goes nowhere."""
    while True:
        words = runner.read_line(CONTROL).split()
        if not words:
            os._exit(0)
        if words[0] == b"job":
            return int(words[1]), int(words[2]), words[3] == b"early"
        if words[0] == b"more":
            skip(int(words[1]))


class Tree:
    """A parked job: its process, its channel, what it prints, and how it says that it has nothing left to do."""

    def __init__(self, turn):
        ours, theirs = socket.socketpair()
        self.channel, theirs = ours.detach(), theirs.detach()
        (self.stdout, stdout), (self.stderr, stderr), (self.over, over) = os.pipe(), os.pipe(), os.pipe()
        self.job = isolation.fork_isolated()
        if self.job == 0:
            try:
                for end in (CONTROL, *TRANSIT, self.channel, self.stdout, self.stderr, self.over):
                    os.close(end)
                be_job(turn, theirs, over, stdout, stderr)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            os._exit(4)
        self.ended = os.pidfd_open(self.job)
        for end in (theirs, over, stdout, stderr):
            os.close(end)

    def reap(self):
        """Waits for the job; how it ended and what it and all below it used, as long as nobody has asked before."""
        job, self.job = self.job, None
        return os.wait4(job, 0)[1:] if job else None

    def kill(self, number):
        if self.job:
            os.kill(self.job, number)

    def end_early(self, is_early):
        """Ends a job that has nothing left to do; what is to be told of it. Processes that it left behind end a moment after it."""
        cpu_ms = cpu_ms_of(self.job) if is_early and not has_children(self.job) else None
        self.kill(signal.SIGKILL)
        if cpu_ms is not None:
            return end_of(0, 0, cpu_ms)
        _, usage = self.reap()
        return end_by_usage(0, usage)

    def close(self):
        for end in (self.channel, self.stdout, self.stderr, self.over, self.ended):
            os.close(end)


def spread_folders():
    """
    ext4 without a journal gives out no inode for a minute after it was freed, and looks at all that were in the same group of blocks
    for each new one. Folders that count as the roots of trees go to different groups; with a journal there would be more to write.
    """
    if os.path.isdir(JOURNALS) and os.listdir(JOURNALS):
        return
    jobs = os.open("/jobs", os.O_RDONLY)
    try:
        fcntl.ioctl(jobs, SET_FLAGS, struct.pack("q", IS_TOP))
    except OSError:
        pass
    os.close(jobs)


def make_folder(turn):
    """Of a job, before whoever brings it hears that it may."""
    os.mkdir(f"/jobs/{turn}", 0o700)


def has_children(pid):
    """Whether there are any, of whichever of its threads."""
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children") as file:
                if file.read():
                    return True
        except FileNotFoundError:  # that thread has ended
            pass
    return False


def cpu_ms_of(pid):
    """Processor time of a process, its threads and those children that it has waited for; none where that cannot be read."""
    try:
        # The clock of another process, as glibc's clock_getcpuclockid makes it.
        nanos = time.clock_gettime_ns((~pid << 3) | 2)
        with open(f"/proc/{pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    # Ticks of 10 ms, as everywhere in /proc.
    return nanos // 1_000_000 + (int(words[13]) + int(words[14])) * 10


def serve(tree, size, is_early):
    """Hands the input in and what the job says out until its tree is gone, and passes signals on meanwhile."""
    hand_in(tree, size)
    poll = select.poll()
    for descriptor in (CONTROL, tree.ended, tree.over):
        poll.register(descriptor, select.POLLIN)
    streams = {tree.channel: "channel", tree.stdout: "stdout", tree.stderr: "stderr"}
    ready = poll.poll(QUIET_MS)
    if not ready:
        for descriptor in streams:
            poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in ready:
            if descriptor == CONTROL:
                obey(tree, runner.read_line(CONTROL))
            elif descriptor == tree.ended:
                return tell_end(streams, end_by_usage(*tree.reap()))
            elif descriptor == tree.over:
                # Its processes have closed it, or a script writes to whatever it finds open.
                if os.read(tree.over, 1) == b".":
                    return tell_end(streams, tree.end_early(is_early))
                poll.unregister(tree.over)
            elif not pass_on(descriptor, streams[descriptor]):
                poll.unregister(descriptor)
                del streams[descriptor]
        ready = poll.poll()


def hand_in(tree, size):
    """From pipe to pipe, so that nothing of it stays here."""
    while size > 0:
        taken = isolation.splice(CONTROL, TRANSIT[1], min(size, PIECE))
        if taken == 0:
            os._exit(0)
        size -= taken
        hand_on(tree, taken)


def hand_on(tree, size):
    while size > 0:
        try:
            size -= isolation.splice(TRANSIT[0], tree.channel, size)
        except OSError:
            # The job is gone already, and its exit tells.
            return drop(size)


def drop(size):
    empty = os.open("/dev/null", os.O_WRONLY)
    while size > 0:
        size -= isolation.splice(TRANSIT[0], empty, size)
    os.close(empty)


def skip(size):
    while size > 0:
        taken = isolation.splice(CONTROL, TRANSIT[1], min(size, PIECE))
        if taken == 0:
            os._exit(0)
        size -= taken
        drop(taken)


def obey(tree, command):
    if command.startswith(b"more "):
        return hand_in(tree, int(command[5:]))
    tree.kill(signal.SIGTERM if command == b"term\n" else signal.SIGKILL)
    if not command:
        os._exit(0)


def pass_on(source, kind):
    """Passes on what there is; false when there will be no more."""
    size = waiting(source)
    if size == 0:
        return False
    put(source, kind, size)
    return True


def tell_end(streams, end):
    """All who could write are gone: what they wrote last, and how it ended."""
    for source, kind in streams.items():
        size = waiting(source)
        while size > 0:
            put(source, kind, size)
            size = waiting(source)
    runner.send_frame(CONTROL, "exit", json.dumps(end).encode())


def waiting(source):
    """Bytes that are there; it never waits."""
    return min(PIECE, struct.unpack("i", fcntl.ioctl(source, termios.FIONREAD, b"\0\0\0\0"))[0])


def put(source, kind, size):
    runner.write_all(CONTROL, b"%s %d\n" % (kind.encode(), size))
    while size > 0:
        moved = isolation.splice(source, TRANSIT[1], size)
        size -= moved
        while moved > 0:
            moved -= isolation.splice(TRANSIT[0], CONTROL, moved)


def end_by_usage(status, usage):
    return end_of(status, usage.ru_maxrss, round((usage.ru_utime + usage.ru_stime) * 1000))


def end_of(status, memory_kb, cpu_ms):
    return {
        "code": None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status),
        "signal": signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None,
        "memoryPeakBytes": memory_kb * 1024,
        "cpuMs": cpu_ms,
    }


def be_job(turn, channel, over, stdout, stderr):
    isolation.mount_private_folders()
    isolation.show_folder(str(turn))
    isolation.drop_rights(STRICT)
    channel, over = move_away(channel), move_away(over)
    for end, descriptor in ((stdout, 1), (stderr, 2)):
        os.dup2(end, descriptor)
        os.close(end)
    os.setsid()
    # The kernel spares the process 1 of a namespace what ends others.
    signal.signal(signal.SIGTERM, end_all)
    isolation.hide_memory(False)
    runner.prepare_process("/job")
    if not is_there(channel, REST_MS):
        # What it touches for the first time is its own from then on, which takes long. A job that waits does not wait for that.
        runner.rehearse()
    header = runner.read_line(channel)
    if not header:
        os._exit(0)  # nobody has a job for us any more
    runner.run(json.loads(runner.read_exactly(channel, int(header))), channel, PACKAGES, over)


def end_all(number, _frame):
    """As a signal does that nobody listens to, in a process and all that it started; what does not heed it ends with us."""
    if os.getpid() == 1:
        try:
            os.kill(-1, number)
        except ProcessLookupError:
            pass
        os._exit(128 + number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def move_away(end):
    """Out of the script's way: it may use, close or garble what it has."""
    moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, min(500, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 2))
    os.close(end)
    return moved


main()
