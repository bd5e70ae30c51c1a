"""Rooms with windows: hosts as data, wire families as pure codecs, one door to the network."""
