"""The terminal shim: an editor like the others. It shows, asks and commits; the daemon thinks."""
