"""What a job's process does to be alone: namespaces, mounts, rights. All of it needs a box that lets its command nest."""

import ctypes
import errno
import os
import re
import signal
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
# The same for calls during which the interpreter must be still.
HOLDING = ctypes.PyDLL(None, use_errno=True)

# The number of the call, which libraries give no name to, and what follows its flags and stack.
CLONE = {
    "x86_64": (56, ("parent_tid", "child_tid", "tls")),
    "aarch64": (220, ("parent_tid", "tls", "child_tid")),
}
CLONE_CHILD_CLEARTID = 0x00200000
CLONE_CHILD_SETTID = 0x01000000

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_GET_TID_ADDRESS = 40
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522

FILTER = "/etc/millrace-seccomp.bpf"
FOLDER_NAME = re.compile(r"[A-Za-z0-9_-]+")


def check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def fork_isolated():
    """Forks process 1 of namespaces of its own: `os.fork` by hand, as no library call takes namespaces."""
    number, order = CLONE[os.uname().machine]
    flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | signal.SIGCHLD
    if MAIN_THREAD_ID:
        flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID
    pointers = {"child_tid": MAIN_THREAD_ID}
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = HOLDING.syscall(number, flags, None, *(pointers.get(name) for name in order))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        check(-1, "own namespaces")
    return pid


def find_main_thread_id():
    """Where the C library keeps the id of the main thread, which a fork sets; none where the kernel does not tell."""
    address = ctypes.c_void_p()
    LIBC.prctl(PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0)
    return address


def splice(source, target, size):
    """Moves up to so many bytes between a pipe and something else, without looking at them; 0 at the end."""
    while True:
        moved = LIBC.splice(source, None, target, None, ctypes.c_size_t(size), 0)
        if moved >= 0:
            return moved
        if ctypes.get_errno() != errno.EINTR:
            check(-1, "splice")


def hide_memory(is_hidden):
    """Whether other processes of the same user may look into this one; those forked from it are alike."""
    check(LIBC.prctl(PR_SET_DUMPABLE, 0 if is_hidden else 1, 0, 0, 0), "dumps")


def mount(source, target, kind, flags, options=None):
    encode = lambda text: None if text is None else text.encode()
    arguments = (encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options))
    check(LIBC.mount(*arguments), f"mount {target}")


def restrict(path, flags):
    """Adds to the flags of a mount; those that it has are locked, so they are named again."""
    held = os.statvfs(path).f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount("none", path, None, MS_REMOUNT | MS_BIND | held | flags)


def mount_private_folders():
    """What earlier jobs could have left something in."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    size = os.statvfs("/tmp")
    room = f"size={size.f_blocks * size.f_frsize},mode=1777"
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, room)
    if os.path.isdir("/dev/shm"):
        mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, room)
    if os.path.ismount("/dev"):
        restrict("/dev", MS_RDONLY)


def show_folder(name):
    """The job's own folder at /job, and none of its neighbours."""
    if not FOLDER_NAME.fullmatch(name):
        raise ValueError(f"no name of a job folder: {name!r}")
    mount(f"/jobs/{name}", "/job", None, MS_BIND)
    restrict("/job", MS_NOSUID | MS_NODEV)
    mount("tmpfs", "/jobs", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=4k,mode=0755")


def bound_rights():
    """No capability that is dropped can come back, here and in all processes that come of this one."""
    check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for capability in range(last + 1):
        if LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and ctypes.get_errno() != errno.EPERM:
            check(-1, "the bounding set")
    LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)


def drop_rights(instructions):
    """No capability is left, and the strict filter of system calls holds; after `bound_rights`."""
    header = struct.pack("II", LINUX_CAPABILITY_VERSION_3, 0)
    check(LIBC.capset(header, bytes(24)), "capabilities")
    if instructions is None:
        return
    header = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(instructions))
    check(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0), "the filter of system calls")


def read_filter():
    """The strict filter, read once for all jobs; none where the sandbox has none."""
    try:
        with open(FILTER, "rb") as file:
            program = file.read()
    except FileNotFoundError:
        return None
    return ctypes.create_string_buffer(program, len(program))


MAIN_THREAD_ID = find_main_thread_id()
