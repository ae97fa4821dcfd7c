"""Broken files for `runtests.py list`: `make fuzz`."""
