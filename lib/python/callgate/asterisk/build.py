"""What an Asterisk to test is: one that can be started here, or one that already runs elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Build:
    """An Asterisk that can be started on this machine, where it lies."""

    #: As it was asked for: `debian:sid`, `/opt/asterisk`.
    spec: str
    #: The tree that everything below is in.
    root: Path
    program: Path
    #: What goes before the program in argv: `(ld.so, '--library-path', 'a:b')`; empty if it runs by itself.
    loader: tuple[str, ...]
    #: Holds the `*.so` modules: what asterisk.conf calls astmoddir.
    module_dir: Path
    #: Holds `documentation/core-en_US.xml`: what asterisk.conf calls astdatadir.
    data_dir: Path
    #: Upstream's version, without what a packager adds: `22.10.1`, `22.11.0-rc2`.
    version: str
    #: Where the dynamic linker must look for the tree's own libraries when there is no `loader`.
    library_path: tuple[str, ...] = ()

    def argv(self, *args: str) -> list[str]:
        """Give the command line that runs this Asterisk with these arguments."""
        return [*self.loader, str(self.program), *args]

    @property
    def environment(self) -> Mapping[str, str]:
        """What has to be added to the environment that it is started with."""
        return {"LD_LIBRARY_PATH": ":".join(self.library_path)} if self.library_path else {}

    @cached_property
    def modules(self) -> frozenset[str]:
        """Names of the modules that it has, without `.so`."""
        return frozenset(path.stem for path in self.module_dir.glob("*.so"))


@dataclass(frozen=True)
class RemoteBuild:
    """An Asterisk that already runs somewhere, and what is needed to talk to it."""

    #: `remote:NAME`.
    spec: str
    host: str
    ami_port: int
    ami_user: str
    ami_secret: str = field(repr=False)
    #: The port of Asterisk's HTTP server.
    ari_port: int
    ari_user: str
    ari_secret: str = field(repr=False)
