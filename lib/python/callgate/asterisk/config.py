"""Writes the configuration of one private Asterisk: our defaults, with the test's own files laid over them.

The defaults enable HTTP, ARI and AMI on the instance's own ports with its own secrets, and report STASISSTATUS
in every channel event. A file of the test replaces the default of the same name, except those that hold the
instance together (`MERGED`): there the test's text is added to ours, so that a test can set an option in
`[general]` without having to know a port. A template (`templates.py`) is filled in, then treated like any other file.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from callgate.asterisk.templates import SUFFIX, fill
from callgate.errors import MachineError

#: Files of a test that add to ours instead of replacing them.
MERGED = ("asterisk.conf", "ari.conf", "http.conf", "logger.conf", "manager.conf", "modules.conf")
#: What holds the instance together, and no test's file can change: it stands at the end, and of two settings the last
#: one counts.
_OURS = {
    "asterisk.conf": "[options](+)\nverbose = 5\n",  # each dialplan step; and `disconnect` needs a line of level 1
    "ari.conf": "[general](+)\nenabled = yes\n",
    "http.conf": "[general](+)\nenabled = yes\nprefix =\nbindaddr = 127.0.0.1\nbindport = {layout.http_port}\n",
    "manager.conf": "[general](+)\nenabled = yes\nbindaddr = 127.0.0.1\nport = {layout.ami_port}\n",
}
#: Asterisk logs an error for each of these that is not there; empty ones mean its built-in defaults.
EMPTY = ("acl.conf", "ccss.conf", "cdr.conf", "cel.conf", "features.conf", "statsd.conf", "udptl.conf",
         "websocket_client.conf")
#: What is made in the instance's directory; whatever is in another one stands behind it.
_DIRECTORIES = ("etc", "log", "run", "spool", "spool/recording", "db", "keys", "lib", "agi-bin", "cache")
#: Bytes: its database and the log of a short test take a few hundred KiB.
_ROOM = 4 << 20
#: The one user of AMI and of ARI.
USER = "callgate"
#: Everything that Asterisk logs, relative to the instance's directory.
LOG_FILE = "log/full"

#: A category's head that neither continues nor inherits; blanks before it do not count (main/config.c).
_CATEGORY = re.compile(r"^[ \t]*\[([^\]]+)\](?!\s*\()", re.MULTILINE)
#: What is behind `apps =`, which only an outbound WebSocket has; a comment ends it.
_APPS = re.compile(r"^[ \t]*apps[ \t]*=>?[ \t]*([^;\n]+)", re.MULTILINE)
#: Bytes that are no UTF-8 pass through as they are: a comment in Latin-1 is no reason to fail.
_AS_IT_IS = {"encoding": "utf-8", "errors": "surrogateescape"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The private directories, ports and secrets of one instance."""

    directory: Path
    module_dir: Path
    data_dir: Path
    http_port: int
    ami_port: int
    ami_secret: str
    ari_secret: str
    #: None loads all modules that the build has.
    modules: tuple[str, ...] | None
    #: Channel variables that AMI and ARI report with every event of a channel.
    channel_variables: tuple[str, ...] = ("STASISSTATUS",)

    @property
    def config_file(self) -> Path:
        """What Asterisk is given with -C."""
        return self.directory / "etc" / "asterisk.conf"


def write(layout: Layout, overlay: Path | None, names: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Make the instance's directories and write its configuration.

    `overlay` is a test's `configs/ast1`, if it has one; `names` has what its templates may name. Raises MachineError
    when a file can't be written, or a template names something else.
    """
    etc = layout.directory / "etc"
    files = {**dict.fromkeys(EMPTY, ""), **_defaults(layout)}
    try:
        layout.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in _DIRECTORIES:
            (layout.directory / name).mkdir(mode=0o700, exist_ok=True)
        if overlay is not None and overlay.is_dir():
            _lay_over(files, etc, overlay, names or {})
        for name, text in _OURS.items():
            files[name] += "\n" + text.format(layout=layout)
        for name, text in files.items():
            (etc / name).write_text(text, **_AS_IT_IS)
        (layout.directory / LOG_FILE).touch()
    except OSError as error:
        raise MachineError(f"cannot write the configuration of Asterisk in {etc}: {error.strerror}") from error


def outbound_applications(directory: Path) -> set[str]:
    """The applications that an instance's configuration has it register itself, over WebSockets that it opens."""
    path = directory / "etc" / "ari.conf"
    lines = _APPS.findall(path.read_text(**_AS_IT_IS)) if path.exists() else []
    return {app.strip() for apps in lines for app in apps.split(",")}


def insist_on_space(layout: Layout) -> None:
    """Raise MachineError where there is no room for what Asterisk writes: on a full disk it goes on without a word."""
    disk = os.statvfs(layout.directory)
    if disk.f_bavail * disk.f_frsize < _ROOM:
        raise MachineError(f"{os.strerror(errno.ENOSPC)}: Asterisk needs {_ROOM >> 20} MiB in {layout.directory}")


def _lay_over(files: dict[str, str], etc: Path, overlay: Path, names: Mapping[str, Mapping[str, str]]) -> None:
    """Put a test's own files among those that are to be written; those that are taken as they are, are copied now."""
    for source in sorted(overlay.rglob("*")):
        name = source.relative_to(overlay)
        is_template = name.suffix == SUFFIX
        target = str(name.with_suffix("") if is_template else name)
        if source.is_dir():
            (etc / name).mkdir(exist_ok=True)
        elif not is_template and target not in MERGED:
            shutil.copyfile(source, etc / target)
            files.pop(target, None)
        else:
            text = source.read_text(**_AS_IT_IS)
            text = _filled(text, names, source) if is_template else text
            files[target] = merge(files[target], text) if target in MERGED else text


def _filled(template: str, names: Mapping[str, Mapping[str, str]], source: Path) -> str:
    escaped = {name: {field: _escaped(value) for field, value in fields.items()} for name, fields in names.items()}
    try:
        return fill(template, escaped)
    except MachineError as error:
        raise MachineError(f"{source}: {error}") from None


def merge(ours: str, theirs: str) -> str:
    """Both texts in one file: a category that ours has already is continued with Asterisk's `[name](+)`."""
    known = {name.lower() for name in _CATEGORY.findall(ours)}  # Asterisk does not tell [General] from [general]
    continued = _CATEGORY.sub(lambda found: found[0] + "(+)" if found[1].lower() in known else found[0], theirs)
    return f"{ours}\n{continued}"


def _defaults(layout: Layout) -> dict[str, str]:
    variables = ",".join(layout.channel_variables)
    return {
        "asterisk.conf": _asterisk_conf(layout),
        "modules.conf": _modules_conf(layout.modules),
        # Milliseconds, so that the log lines up with the journal; what is worth a line is said by Asterisk.
        "logger.conf": "[general]\ndateformat = %F %T.%3q\n\n[logfiles]\n"
                       "full => notice,warning,error,verbose,dtmf\n",
        "http.conf": "[general]\n",
        "ari.conf": f"[general]\nchannelvars = {variables}\n\n"
                    f"[{USER}]\ntype = user\npassword = {layout.ari_secret}\n",
        "manager.conf": f"[general]\nchannelvars = {variables}\n\n"
                        f"[{USER}]\nsecret = {layout.ami_secret}\nread = all\nwrite = all\n"
                        "writetimeout = 5000\n",
        "indications.conf": "[general]\ncountry = us\n\n[us]\ndescription = United States\n"
                            "ringcadence = 2000,4000\ndial = 350+440\nbusy = 480+620/500,0/500\n"
                            "ring = 440+480/2000,0/4000\n",
        "extensions.conf": "",
    }


def _asterisk_conf(layout: Layout) -> str:
    base = layout.directory
    directories = {
        "astetcdir": base / "etc", "astmoddir": layout.module_dir, "astdatadir": layout.data_dir,
        "astvarlibdir": base / "lib", "astdbdir": base / "db", "astkeydir": base / "keys",
        "astagidir": base / "agi-bin", "astspooldir": base / "spool", "astlogdir": base / "log",
        "astcachedir": base / "cache",
        # Relative to the working directory: the path of a UNIX socket may have no more than 107 bytes
        # (unix(7)), Asterisk cuts a longer one off without a word, and directories of a CI job are deep.
        "astrundir": "run",
    }
    lines = [f"{name} => {_escaped(value)}" for name, value in directories.items()]
    return "[directories]\n" + "\n".join(lines) + "\n\n[options]\nnocolor = yes\n"


def _modules_conf(modules: Iterable[str] | None) -> str:
    if modules is None:
        return "[modules]\nautoload = yes\n"
    return "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in modules)


def _escaped(value: object) -> str:
    """A semicolon begins a comment in Asterisk's files unless a backslash stands before it."""
    return str(value).replace(";", "\\;")
