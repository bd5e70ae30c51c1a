"""`aircherd connect`, but a daemon is started as the rest of the command line says."""

from __future__ import annotations

import sys

from aircherd.forward import main

sys.exit(main([], serve=tuple(sys.argv[1:])))
