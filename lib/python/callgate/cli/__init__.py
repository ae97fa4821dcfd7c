"""The commands people type: one module a command."""
