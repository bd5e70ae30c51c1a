"""Which file system a folder lies on, and whether it tells of changes made elsewhere."""

from __future__ import annotations

import os

_FAR = {"9p", "afs", "ceph", "cifs", "coda", "drvfs", "glusterfs", "lustre", "ncpfs", "nfs"}
_FAR |= {"nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"}
"""Others may change files there without this kernel hearing of it."""
_MOUNTS = "/proc/self/mountinfo"


def far(root: str, mounts: str = _MOUNTS) -> str | None:
    """The type of a file system at or beneath `root` that tells nothing; None when all do.

    Fields of mountinfo after proc(5). Where there is no such file nothing is known, which is None.
    """
    try:
        with open(mounts, "rb") as file:
            lines = file.read().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    here, best = None, -1
    for line in lines:
        before, mark, after = line.partition(" - ")
        fields = before.split(" ")
        if not mark or len(fields) < 5:
            continue
        point, kind = _unescaped(fields[4]), after.split(" ", 1)[0]
        if point.startswith(root + "/") and _tells_nothing(kind):
            return kind
        inside = root == point or root.startswith(point.rstrip("/") + "/")
        # Of two mounts on one point the later lies on top.
        if inside and len(point) >= best:
            here, best = kind, len(point)
    return here if here is not None and _tells_nothing(here) else None


def _tells_nothing(kind: str) -> bool:
    return kind in _FAR or kind == "fuse" or kind.startswith("fuse.")


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    raw = os.fsencode(text)
    for code, byte in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\")):
        raw = raw.replace(code, byte)
    return os.fsdecode(raw)
