"""Which workspaces' own settings the user has accepted. Kept outside every workspace.

A room of its own rather than a part of `config`: nothing that reads a settings file may write here,
and what stands here is never read from one.
"""
