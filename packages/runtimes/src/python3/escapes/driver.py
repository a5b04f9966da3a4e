"""Carries out attempts to get out of the box. A line of the plan is an attempt: its name, its kind, and the words of that."""

import ctypes
import os
import socket
import stat
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
SEPARATOR = "\x1f"
REFUSALS = (1, 13, 38, 97)
WAIT_S = 0.3


def main(plan: str):
    for line in plan.split("\n"):
        name, kind, *words = line.split(SEPARATOR)
        print(f"~escape{SEPARATOR}{name}{SEPARATOR}{attempt(kind, words)}", flush=True)


def attempt(kind, words):
    try:
        achieved = KINDS[kind](*words)
        return f"{'achieved' if achieved else 'refused'}{SEPARATOR}"
    except FileNotFoundError as error:
        tool = kind == "run" and error.filename == "/bin/sh"
        return f"{'untried' if tool else 'refused'}{SEPARATOR}{error}"
    except (OSError, ValueError) as error:
        return f"refused{SEPARATOR}{error}".replace("\n", " ")


def read(path, needle):
    # A pipe of somebody would hold us up.
    if not stat.S_ISREG(os.stat(path).st_mode):
        return False
    with open(path, "rb") as file:
        text = file.read(65536)
    return needle.encode() in text if needle else len(text) > 0


def list_folder(path, needle):
    names = os.listdir(path)
    return needle in names if needle else len(names) > 0


def open_for_writing(path):
    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))
    return True


def create(folder):
    path = folder + "/.millrace-escape"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    os.unlink(path)
    return True


def trace(folder, number):
    path = folder + "/.millrace-trace"
    if os.path.exists(path):
        os.unlink(path)
        return True
    if number == "1":
        open(path, "w").close()
    return False


def symlink(path, needle):
    if os.path.lexists("way-out"):
        os.unlink("way-out")
    os.symlink(path, "way-out")
    return read("way-out", needle)


def hardlink(path):
    os.link(path, "way-out-too")
    os.unlink("way-out-too")
    return True


def tcp(host, port):
    with socket.create_connection((host, int(port)), WAIT_S):
        return True


def unix(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(WAIT_S)
        client.connect(path)
        return True


def abstract(name):
    return unix("\0" + name)


def own_environment(needle):
    return any(needle in value for value in os.environ.values()) or read("/proc/self/environ", needle)


def scan(name, needle):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if read(f"/proc/{pid}/{name}", needle):
                return True
        except OSError:
            pass
    return False


def memory(pid, needle):
    with open(f"/proc/{pid}/maps") as maps:
        places = [line.split()[0].split("-") for line in maps if line.rstrip().endswith("[stack]")]
    with open(f"/proc/{pid}/mem", "rb", 0) as file:
        for start, end in places:
            file.seek(int(start, 16))
            if needle.encode() in file.read(int(end, 16) - int(start, 16)):
                return True
    return False


def send_signal(pid):
    os.kill(int(pid), 0)
    return True


def call(number):
    nothing = [ctypes.c_long(-1)] * 6
    return LIBC.syscall(ctypes.c_long(int(number)), *nothing) >= 0 or ctypes.get_errno() not in REFUSALS


def open_socket(family, kind, protocol):
    descriptor = LIBC.socket(int(family), int(kind), int(protocol))
    if descriptor >= 0:
        os.close(descriptor)
    return descriptor >= 0


def run(needle, command):
    done = subprocess.run(
        ["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=5
    )
    return needle.encode() in done.stdout


def descriptors():
    for name in os.listdir("/proc/self/fd"):
        try:
            mode = os.fstat(int(name)).st_mode
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        known = target.startswith(("/job/", "/proc/", "/dev/", "/usr/", "/lib"))
        if (stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISBLK(mode)) and not known:
            return True
    return False


def leave(mark):
    nowhere = subprocess.DEVNULL
    subprocess.Popen(["sleep", mark], stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    return False


KINDS = {
    "read": read,
    "list": list_folder,
    "open": open_for_writing,
    "create": create,
    "trace": trace,
    "symlink": symlink,
    "hardlink": hardlink,
    "tcp": tcp,
    "unix": unix,
    "abstract": abstract,
    "env": own_environment,
    "scan": scan,
    "memory": memory,
    "signal": send_signal,
    "call": call,
    "socket": open_socket,
    "run": run,
    "descriptors": descriptors,
    "leave": leave,
}
