"""A look while the machine has too little, and the next one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import os, resource, sys
from aircherd.workspace import layout

before = resource.getrlimit(resource.RLIMIT_NOFILE)
said = set()
for spare in range(12):
    taken = [os.open("/dev/null", os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + spare, before[1]))
    try:
        layout.find(sys.argv[1])
    except OSError as error:
        said.add(error.strerror)
    except Exception as error:
        said.add(type(error).__name__)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        os.close(taken[0])
print(sorted(said), layout.find(sys.argv[1]).root)
"""


def test_a_library_that_broke_off_while_it_was_loaded_is_loaded_again(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.endswith(f"{tmp_path}\n")
    assert "Too many open files" in done.stdout
    assert "AttributeError" not in done.stdout
