"""Which model answers, at what cost? Pure: no files, no network, no clock of its own."""
