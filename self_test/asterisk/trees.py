"""Small trees that look like an installed Asterisk: its program is a shell script."""

from __future__ import annotations

from pathlib import Path


def write(path: Path, text: str = "", *, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def script(path: Path, body: str) -> Path:
    return write(path, f"#!/bin/sh\n{body}\n", mode=0o755)


def installed(root: Path, prefix: str = "usr", *, modules: str = "lib/asterisk/modules",
              data: str = "usr/share/asterisk", version: str = "22.10.1") -> Path:
    """Make a tree whose program answers -V; `modules` is below the prefix, `data` below the root."""
    base = root / prefix
    script(base / "sbin/asterisk", f"echo 'Asterisk {version}'")
    write(base / modules / "app_stasis.so")
    write(base / modules / "pbx_config.so")
    write(root / data / "documentation/core-en_US.xml", "<docs/>")
    return root
