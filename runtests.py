#!/usr/bin/env python3
"""The command people type: hands over to `callgate.cli`, in this checkout's virtual environment if there is one."""

import os
import sys

# Not with pathlib, which takes as long to import as Python to start: this is thrown away in a moment.
HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120
VENV = os.path.join(HERE, ".venv")  # noqa: PTH118
PYTHON = os.path.join(VENV, "bin", "python")  # noqa: PTH118

if __name__ == "__main__":
    if sys.prefix != VENV and os.access(PYTHON, os.X_OK):
        os.execv(PYTHON, [PYTHON, *sys.argv])  # noqa: S606 - replaces this process on purpose
    sys.path.insert(0, os.path.join(HERE, "lib", "python"))  # noqa: PTH118
    try:
        from callgate.cli.main import entry_point
    except ModuleNotFoundError as error:
        sys.exit(f"callgate: {error}; 'make gate' sets everything up, once")

    sys.exit(entry_point())
