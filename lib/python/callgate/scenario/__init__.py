"""The language: what a scenario is, and how one is played against an Asterisk."""
