"""The command `aircherd`. `connect` takes the short way: an editor waits for it.

So does `serve`: what reads command lines would stay in the daemon's memory, half a megabyte of it.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line in `sys.argv` and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["connect"] and not {"-h", "--help"} & set(arguments):
        from aircherd.forward import main as connect

        return connect(arguments[1:])
    if arguments == ["serve"]:
        from aircherd.start import main as serve

        return serve()
    from aircherd.cli import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main())
