"""Which lines of a file a task needs: the selection, what encloses it, imports, a few around."""
