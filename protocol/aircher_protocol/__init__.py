"""The treaty between the aircher daemon and its editors: types, methods, errors, framing, client.

Layer 0: attrs and cattrs only; knows nothing of the daemon.
"""

PROTOCOL_VERSION = 1
"""Raised when an old client and a new daemon could no longer understand each other."""
