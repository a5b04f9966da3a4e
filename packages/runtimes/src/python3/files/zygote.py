"""
Forks one isolated process tree per job. Four processes play in it:

- the zygote has all imports done and stays. It never reads a job's data, since what it holds every later job inherits.
- the host of a job reads its input from descriptor 3 and hands it on, answers with the result and the exit, and is gone.
- the init is process 1 of the job's own process namespace, with its own mounts; when it ends, the kernel ends the tree.
- the job binds its folder to /job, hides its neighbours, gives up all rights and runs the script.

Hosts are forked ahead, each with its init and job parked, and take turns: the next one waits until the last is done.
Commands on descriptor 3: `job <bytes>` and the input, then `term`, `kill`, and after the exit `flush <token>`.
"""

import fcntl
import gc
import json
import os
import re
import resource
import select
import signal
import socket
import struct
import sys

sys.path.insert(0, "/runtime")
import isolation
import runner

# Modules that scripts import; here they cost nothing per job.
import collections, concurrent.futures, contextlib, copy, csv, functools, glob, hashlib, hmac, html, http.client, io  # noqa
import itertools, logging, operator, pickle, queue, random, secrets, shutil, ssl, statistics, string, subprocess  # noqa
import tempfile, textwrap, threading, typing, urllib.parse, urllib.request, xml.etree.ElementTree, zipfile, zoneinfo  # noqa

sys.path.remove("/runtime")

CONTROL = 3
RESULT_BYTES_MAX = 64 << 20
HEADER_BYTES_MAX = 100
READY = b"r"
# Where the packages of all jobs of this zygote are. It imports none of them itself: it has rights that they must not have.
PACKAGES = sys.argv[1] if len(sys.argv) > 1 else None
# What holds for every job, read before any of them is there.
STRICT = isolation.read_filter()
# A host's exit code when the system did not let it make its processes.
UNPARKED = 4
FRAME = re.compile(rb"(result|text|error|suspend) (\d{1,10})\n")


def main():
    os.set_inheritable(CONTROL, False)
    # Not in the folder of jobs, which a job could reach through a process that stands in it.
    os.chdir("/")
    isolation.bound_rights()
    gc.collect()
    gc.freeze()
    unparked = 0
    host, turn = park()
    while True:
        give(turn)
        current = host
        ahead = park_ahead()
        _, status = os.waitpid(current, 0)
        code = os.waitstatus_to_exitcode(status)
        unparked = unparked + 1 if code == UNPARKED else 0
        if code not in (0, UNPARKED) or unparked > 3:
            os._exit(1)
        host, turn = ahead or park()


def give(turn):
    try:
        os.write(turn, b"1")
    except BrokenPipeError:
        pass  # it could not park; its exit tells
    os.close(turn)


def park_ahead():
    """Fails when the running job uses up all processes; then there is time when it is over."""
    try:
        return park()
    except OSError:
        return None


def park():
    """Forks a host that waits for its turn; returns its process id and what gives it the turn."""
    waiting, turn = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(waiting)
        os.close(turn)
        raise
    if pid:
        os.close(waiting)
        return pid, turn
    os.close(turn)
    try:
        tree = Tree()
    except (OSError, EOFError):
        os._exit(UNPARKED)
    try:
        serve(tree, waiting)
        os._exit(0)
    except EOFError:
        os._exit(2)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(3)


class Tree:
    """A parked job: its init, the channel to the job, and how it ended as the init tells it."""

    def __init__(self):
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        isolation.unshare_processes()
        self.init = os.fork()
        if self.init == 0:
            ours.close()
            os.close(told)
            os.close(CONTROL)
            be_init(theirs.detach(), tell)
        theirs.close()
        os.close(tell)
        self.channel = ours
        self.told = told
        if os.read(told, 1) != READY:
            raise EOFError

    def reap(self):
        """Waits for the init; what it and all below it used, as long as nobody has asked before."""
        init, self.init = self.init, None
        return os.wait4(init, 0)[2] if init else None

    def kill(self, number):
        if self.init:
            os.kill(self.init, number)


def serve(tree, waiting):
    # The end of this pipe without a turn means that the zygote is gone.
    if not os.read(waiting, 1):
        os.kill(tree.init, signal.SIGKILL)
        return
    early = []
    header = runner.read_line(CONTROL)
    while header and not header.startswith(b"job "):
        early.append(header)
        header = runner.read_line(CONTROL)
    if not header:
        os.kill(tree.init, signal.SIGKILL)
        raise EOFError
    payload = runner.read_exactly(CONTROL, int(header.split()[1]))
    try:
        tree.channel.sendall(struct.pack("!Q", len(payload)) + payload)
    except OSError:
        pass  # the job is gone already; its exit tells
    for command in early:
        obey(tree, command)
    answer, end = follow(tree)
    report(answer, end)
    flush()
    # The next turn is given when the last of this one, its mounts included, is gone.
    tree.reap()


def follow(tree):
    """Collects what the job sends until its tree is gone, and passes signals on meanwhile."""
    answer = bytearray()
    ended = b""
    poll = select.poll()
    for descriptor in (CONTROL, tree.told, tree.channel.fileno()):
        poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == CONTROL:
                obey(tree, runner.read_line(CONTROL))
                continue
            if descriptor == tree.told:
                chunk = os.read(tree.told, 100)
                ended += chunk
                if chunk and not ended.endswith(b"\n"):
                    continue
                end = read_end(ended) if chunk else killed(tree.reap())
                drain(tree, answer)
                return bytes(answer), end
            chunk = receive(tree.channel)
            if not chunk:
                poll.unregister(descriptor)
            keep(answer, chunk)


def obey(tree, command):
    tree.kill(signal.SIGTERM if command == b"term\n" else signal.SIGKILL)
    if not command:
        raise EOFError


def drain(tree, answer):
    """What was sent before the end; it ends, because all who could send are gone."""
    while True:
        chunk = receive(tree.channel)
        if not chunk:
            return
        keep(answer, chunk)


def receive(channel):
    """What is there; nothing from a job that went away with its input unread."""
    try:
        return channel.recv(1 << 20)
    except ConnectionResetError:
        return b""


def keep(answer, chunk):
    if len(answer) <= RESULT_BYTES_MAX + HEADER_BYTES_MAX:
        answer += chunk


def read_end(ended):
    """What the init says when all processes of the job are gone."""
    status, memory_kb, cpu_ms = (int(word) for word in ended.split())
    return end_of(status, memory_kb, cpu_ms)


def killed(usage):
    """The init was killed, and all others with it."""
    return end_of(signal.SIGKILL, usage.ru_maxrss, round((usage.ru_utime + usage.ru_stime) * 1000))


def end_of(status, memory_kb, cpu_ms):
    return {
        "code": None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status),
        "signal": signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None,
        "memoryPeakBytes": memory_kb * 1024,
        "cpuMs": cpu_ms,
    }


def report(answer, end):
    frame = choose_frame(answer)
    if frame:
        runner.write_all(CONTROL, frame)
    runner.send_frame(CONTROL, "exit", json.dumps(end).encode())


def choose_frame(answer):
    """The job's one frame, checked, since a script can write to its channel too."""
    if not answer:
        return b""
    match = FRAME.match(answer)
    if match and int(match[2]) > RESULT_BYTES_MAX:
        return error_frame(f"the result is larger than {RESULT_BYTES_MAX >> 20} MB; store it elsewhere and return where")
    end = match.end() + int(match[2]) if match else 0
    if not match or len(answer) < end:
        return error_frame("the script wrote to the channel that its result goes through")
    return answer[:end]


def error_frame(message):
    body = json.dumps({"name": "ExecutionErr", "message": message, "stack": ""}).encode()
    return b"error %d\n" % len(body) + body


def flush():
    command = runner.read_line(CONTROL)
    # A signal that came too late.
    while command and not command.startswith(b"flush "):
        command = runner.read_line(CONTROL)
    if not command:
        raise EOFError
    for descriptor in (1, 2):
        # A job shares these streams and may have changed how they are written.
        os.set_blocking(descriptor, True)
        runner.write_all(descriptor, command[len(b"flush "):])


def be_init(channel, tell):
    isolation.unshare_rest()
    isolation.mount_private_folders()
    job = os.fork()
    if job == 0:
        os.close(tell)
        be_job(channel)
    os.close(channel)
    isolation.drop_rights(STRICT)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(-1, signal.SIGTERM))
    os.write(tell, READY)
    while True:
        pid, status = os.wait()
        if pid == job:
            end_others()
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(tell, b"%d %d %d\n" % (status, usage.ru_maxrss, (usage.ru_utime + usage.ru_stime) * 1000))
            os._exit(0)


def end_others():
    """What the job left behind. The mounts of this init, which go with it, take longer than all that must be told before."""
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            os.wait()
        except ChildProcessError:
            return


def be_job(channel):
    channel = move_away(channel)
    os.setsid()
    size = struct.unpack("!Q", runner.read_exactly(channel, 8))[0]
    job = json.loads(runner.read_exactly(channel, size))
    isolation.show_folder(job["folder"])
    isolation.drop_rights(STRICT)
    runner.run(job, channel, packages=PACKAGES)


def move_away(channel):
    moved = fcntl.fcntl(channel, fcntl.F_DUPFD_CLOEXEC, min(500, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1))
    os.close(channel)
    return moved


main()
