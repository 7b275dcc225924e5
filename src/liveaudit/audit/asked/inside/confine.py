"""The walls around a rule: limits, no network, no files but its own, no further processes.

What the kernel gives is taken: namespaces (user, network, processes) and Landlock. Where it gives none, an audit hook still
refuses connections and processes; it holds an honest rule, not one that calls the C library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_NEW_USER, _NEW_NETWORK, _NEW_PROCESSES, _NEW_IPC = 0x10000000, 0x40000000, 0x20000000, 0x08000000
_NO_NEW_PRIVILEGES, _DEATH_SIGNAL = 38, 1
# the numbers are the same on every architecture (Linux's syscall tables)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER, _TRUNCATE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights on files that a version of Landlock knows."""
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/mime.types"),
    *("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero"),
)
_FORBIDDEN = frozenset(
    {
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
        *("socket.gethostbyname", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
        *("os.fork", "os.forkpty", "pty.spawn"),
    }
)
_LARGEST_FILE = 16 * 1024 * 1024


def limit(memory: int, seconds: int) -> None:
    """Take limits that cannot be raised again: bytes of memory, seconds of CPU, size of files, open files."""
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))


def part_from_network() -> bool:
    """Go on in namespaces without a network, as the first process there; False where the kernel does not let us.

    The process that was started stays behind, waits, and ends as the one inside does. To be called before there are threads.
    """
    library = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if library.unshare(_NEW_USER | _NEW_NETWORK | _NEW_PROCESSES | _NEW_IPC) != 0:
        return False
    own = Path("/proc/self")
    # without its own names in there the rule is nobody, who may do no more
    with contextlib.suppress(OSError):
        (own / "setgroups").write_text("deny")
        (own / "uid_map").write_text(f"{user} {user} 1")
        (own / "gid_map").write_text(f"{group} {group} 1")
    inside = os.fork()
    if inside:
        _, status = os.waitpid(inside, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    library.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    return True


def keep_to_files(readable: Iterable[str], writable: str) -> bool:
    """Have only these files and folders from now on, and the system's libraries; False where there is no Landlock."""
    library = ctypes.CDLL(None, use_errno=True)
    version = library.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    rights = _BY_VERSION.get(version, _BY_VERSION[5])
    network = 3 if version >= 4 else 0
    scope = 3 if version >= 6 else 0
    attributes = struct.pack("QQQ", rights, network, scope)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = library.syscall(_CREATE_RULESET, attributes, size, 0)
    if ruleset < 0:
        return False
    reading = _EXECUTE | _READ_FILE | _READ_FOLDER
    for path in {*_SYSTEM, *readable}:
        _allow(library, ruleset, path, reading)
    _allow(library, ruleset, writable, rights)
    _allow(library, ruleset, "/dev/null", (_READ_FILE | _WRITE_FILE | _TRUNCATE) & rights)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = library.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return bool(done == 0)


def _allow(library: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            rights &= _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE
        attributes = struct.pack("=Qi", rights, handle)
        library.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, attributes, 0)
    finally:
        os.close(handle)


def refuse_by_hook() -> None:
    """Refuse connections and processes with an error that tells the rule's author why. It cannot be taken back."""

    def refuse(event: str, _arguments: object) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"liveaudit's sandbox has no network and no further processes ({event})")

    sys.addaudithook(refuse)
