"""Frozen data: what the files say, what a run does, what it found. No behaviour beyond its own invariants."""
