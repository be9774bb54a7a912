"""A disk that loses what was not synced, under SQLite: every write is noted, and power may fail after any of them.

Imports the standard library only. `with UnsyncedDisk(folder) as disk:` puts itself between SQLite and the operating
system in this process: whatever opens a database below `folder` meanwhile writes through it. Afterwards
`disk.crashes(…)` lays out what a disk could hold had the power failed at a given moment: of each file what was synced,
and of everything written since any part, in sectors of 512 bytes; names of files likewise.

It works where the SQLite that Python uses lets its functions be reached (`UnsyncedDisk.why_not()` says), which is so
wherever `_sqlite3` links a shared library.
"""

from __future__ import annotations

import ctypes
import random
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

__all__ = ["Crash", "UnsyncedDisk"]

SECTOR = 512
_ALIVE: list[object] = []
_P, _I, _L = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_I, _P, _P, _P, _I, ctypes.POINTER(_I))
_DELETE = ctypes.CFUNCTYPE(_I, _P, ctypes.c_char_p, _I)
_CLOSE = ctypes.CFUNCTYPE(_I, _P)
_WRITE = ctypes.CFUNCTYPE(_I, _P, _P, _I, _L)
_TRUNCATE = ctypes.CFUNCTYPE(_I, _P, _L)
_SYNC = ctypes.CFUNCTYPE(_I, _P, _I)


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("version", _I), ("close", _P), ("read", _P), ("write", _P), ("truncate", _P), ("sync", _P),
        ("others", _P * 13),
    )  # fmt: skip


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = (
        ("version", _I), ("file_size", _I), ("path_max", _I), ("next", _P), ("name", ctypes.c_char_p), ("data", _P),
        ("open", _P), ("delete", _P), ("others", _P * 14),
    )  # fmt: skip


@dataclass(slots=True)
class _Inode:
    """One file's content: what a power failure leaves, and what was written since, in order."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def flush(self) -> None:
        for at, data in self.since:
            _put(self.synced, at, data)
        self.since.clear()

    def left_by(self, rng: random.Random) -> bytes:
        """What is there after a failure: of each write since the last sync all, nothing, or some sectors."""
        found = bytearray(self.synced)
        for at, data in self.since:
            fate = rng.randrange(4)
            if data is None or fate in (0, 1):
                if fate:
                    _put(found, at, data)
            elif fate == 2:
                for start in range(0, len(data), SECTOR):
                    if rng.randrange(2):
                        _put(found, at + start, data[start : start + SECTOR])
        return bytes(found)


def _put(content: bytearray, at: int, data: bytes | None) -> None:
    """Write, or truncate to `at` where there is no data."""
    if data is None:
        del content[at:]
        return
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


@dataclass(frozen=True, slots=True)
class Crash:
    """One power failure: how many operations the disk had been asked for, and the last mark before it."""

    at: int
    mark: Any
    folder: Path


class UnsyncedDisk:
    """See the module.

    Args:
        folder: Databases below it are watched.
        honest: False is a disk that answers every sync and does none: nothing that is written may survive on it.
    Raises:
        RuntimeError: SQLite's functions cannot be reached.
    """

    def __init__(self, folder: Path, *, honest: bool = True) -> None:
        if why := self.why_not():
            raise RuntimeError(why)
        self.folder, self.honest = folder.resolve(), honest
        self._log: list[tuple[str, Any, Any, Any]] = []
        self._lock = threading.Lock()
        self._names: dict[int, str] = {}
        self._methods: dict[int, _Methods] = {}
        self._kept: list[Any] = []

    @staticmethod
    def why_not() -> str | None:
        """Why it cannot be used here; None where it can."""
        try:
            _library().sqlite3_vfs_find  # noqa: B018
        except (AttributeError, OSError):
            return "the SQLite of this Python is built in, so that its file system cannot be replaced"
        return None

    def mark(self, value: Any) -> None:
        """Note that the caller was told `value` now: crashes from here on carry it."""
        with self._lock:
            self._log.append(("mark", value, None, None))

    def __len__(self) -> int:
        return len(self._log)

    def __enter__(self) -> Self:
        library = _library()
        self._under = ctypes.cast(library.sqlite3_vfs_find(None), ctypes.POINTER(_Vfs)).contents
        self._vfs = _Vfs.from_buffer_copy(self._under)
        self._vfs.next, self._vfs.name = None, b"orderhub-unsynced"
        opening, deleting = _OPEN(self._open), _DELETE(self._delete)
        self._kept += [opening, deleting]
        _ALIVE.append(self)  # a connection that outlives the disk still points here
        self._vfs.open, self._vfs.delete = ctypes.cast(opening, _P), ctypes.cast(deleting, _P)
        library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        for path in sorted(self.folder.iterdir()):  # what lay there before is safe
            self._log.append(("exists", path.name, None, path.read_bytes()))
        return self

    def __exit__(self, *_: object) -> None:
        """Others open files as before; those that are open here must be closed by now."""
        library = _library()
        library.sqlite3_vfs_register(ctypes.byref(self._under), 1)
        library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))

    # --- between SQLite and the operating system ---------------------------------------------------------------------

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        code = int(_OPEN(self._under.open)(vfs, name, file, flags, out))
        path = Path(ctypes.string_at(name).decode()) if name else None
        table = ctypes.cast(file, ctypes.POINTER(_P))
        if code == 0 and path is not None and self.folder in path.resolve().parents and table.contents.value:
            with self._lock:
                self._names[file] = path.name
                self._log.append(("open", path.name, None, None))
            table[0] = ctypes.addressof(self._watched(table.contents.value))
        return code

    def _watched(self, address: int) -> _Methods:
        """The table of a file's functions with ours among them; one for each that the system has."""
        if address not in self._methods:
            under = ctypes.cast(address, ctypes.POINTER(_Methods)).contents
            made = _Methods.from_buffer_copy(under)
            ours = {
                "close": _CLOSE(lambda file: self._close(under, file)),
                "write": _WRITE(lambda file, data, size, at: self._write(under, file, data, size, at)),
                "truncate": _TRUNCATE(lambda file, size: self._truncate(under, file, size)),
                "sync": _SYNC(lambda file, flags: self._sync(under, file, flags)),
            }
            for name, function in ours.items():
                setattr(made, name, ctypes.cast(function, _P))
            self._kept.append(ours)
            self._methods[address] = made
        return self._methods[address]

    def _note(self, kind: str, file: int, *more: Any) -> None:
        with self._lock:
            self._log.append((kind, self._names[file], *more, *(None,) * (2 - len(more))))

    def _close(self, under: _Methods, file: int) -> int:
        with self._lock:
            self._names.pop(file, None)
        return int(_CLOSE(under.close)(file))

    def _write(self, under: _Methods, file: int, data: int, size: int, at: int) -> int:
        self._note("write", file, at, ctypes.string_at(data, size))
        return int(_WRITE(under.write)(file, data, size, at))

    def _truncate(self, under: _Methods, file: int, size: int) -> int:
        self._note("write", file, size, None)
        return int(_TRUNCATE(under.truncate)(file, size))

    def _sync(self, under: _Methods, file: int, flags: int) -> int:
        if self.honest:
            self._note("sync", file)
        return 0  # the machine's own disk need not sync: what it would lose is worked out here

    def _delete(self, vfs: int, name: bytes, sync: int) -> int:
        path = Path(name.decode())
        if self.folder in path.resolve().parents:
            with self._lock:
                self._log.append(("delete", path.name, bool(sync and self.honest), None))
        return int(_DELETE(self._under.delete)(vfs, name, sync))

    # --- what a failure leaves ---------------------------------------------------------------------------------------

    def crashes(self, points: int, into: Path, rng: random.Random) -> Iterator[Crash]:
        """So many failures spread over everything that happened, each laid out below `into` by the time it is told."""
        total = len(self._log)
        chosen = sorted(rng.sample(range(1, total + 1), min(points, total)))
        now: dict[str, _Inode] = {}
        lasting: dict[str, _Inode] = {}
        mark, done = None, 0
        for number, point in enumerate(chosen):
            for entry in self._log[done:point]:
                mark = entry[1] if entry[0] == "mark" else mark
                _replay(entry, now, lasting)
            done = point
            folder = into / f"crash-{number}"
            _lay_out(folder, now, lasting, rng)
            yield Crash(point, mark, folder)

    def fail(self, into: Path, rng: random.Random) -> None:
        """Power fails at this moment: what the disk may hold afterwards, laid out in the new folder `into`."""
        now: dict[str, _Inode] = {}
        lasting: dict[str, _Inode] = {}
        with self._lock:
            log = list(self._log)
        for entry in log:
            _replay(entry, now, lasting)
        _lay_out(into, now, lasting, rng)


def _lay_out(folder: Path, now: dict[str, _Inode], lasting: dict[str, _Inode], rng: random.Random) -> None:
    folder.mkdir()
    for name in sorted({*now, *lasting}):
        inode = (now if rng.randrange(2) else lasting).get(name)
        if inode is not None:
            (folder / name).write_bytes(inode.left_by(rng))


def _replay(entry: tuple[str, Any, Any, Any], now: dict[str, _Inode], lasting: dict[str, _Inode]) -> None:
    """One operation. The folder is synced with the first sync of a new file, and with a deletion that asks for it."""
    kind, name, at, data = entry
    if kind == "exists":
        now[name] = lasting[name] = _Inode(bytearray(data))
    elif kind == "open":
        now.setdefault(name, _Inode())
    elif kind == "write":
        now[name].since.append((at, data))
    elif kind == "sync":
        now[name].flush()
    elif kind == "delete":
        now.pop(name, None)
    if (kind == "sync" and lasting.get(name) is not now[name]) or (kind == "delete" and at):
        lasting.clear()
        lasting.update(now)


def _library() -> Any:
    import _sqlite3

    assert sqlite3.sqlite_version_info >= (3, 7)
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = _P
    library.sqlite3_vfs_find.argtypes = (ctypes.c_char_p,)
    library.sqlite3_vfs_register.argtypes = (_P, _I)
    library.sqlite3_vfs_unregister.argtypes = (_P,)
    return library
