"""Callgate: scenarios in YAML against a live Asterisk."""

__version__ = "0.1.0"
