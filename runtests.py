#!/usr/bin/env python3
"""The command people type: hands over to `callgate.cli`, in this checkout's virtual environment if there is one."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"

if __name__ == "__main__":
    if os.access(PYTHON, os.X_OK) and Path(sys.prefix) != HERE / ".venv":
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - replaces this process on purpose
    sys.path.insert(0, str(HERE / "lib" / "python"))
    try:
        from callgate.cli.main import entry_point
    except ModuleNotFoundError as error:
        sys.exit(f"callgate: {error}; 'make gate' sets everything up, once")

    sys.exit(entry_point())
