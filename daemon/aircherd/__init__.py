"""The aircher daemon: one per user, between every editor and every language model."""
