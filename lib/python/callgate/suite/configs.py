"""Checks the configuration that a test brings in `configs/`, its templates above all, before anything is started."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from callgate.asterisk.templates import SUFFIX, Placeholder, placeholders
from callgate.scenario.references import ASTERISK, PORT
from callgate.suite.diagnostics import Diagnostic, Source, did_you_mean, quoted

#: Where a test has the configuration of its Asterisks.
CONFIGS = "configs"


def check_configs(directory: Path, asterisks: Collection[str], names: Mapping[str, Collection[str]],
                  source: Source) -> set[str]:
    """Note in `source` what is wrong with the configuration that a test brings; returns the ports that it names.

    `names` are those that a template may name, each with its fields; any field of `port` makes a port.
    """
    configs = directory / CONFIGS
    if not configs.is_dir():
        return set()
    shown = f"{source.path.rpartition('/')[0]}/{CONFIGS}"
    _check_directories(configs, shown, asterisks, source)
    ports: set[str] = set()
    for path in _templates(configs):
        template = _read(path, f"{shown}/{path.relative_to(configs).as_posix()}", source)
        if template is None:
            continue
        if path.with_suffix("").exists():
            template.error(0, 0, f"lies beside {quoted(path.stem)}, which is made from it: only one of them can be")
        ports |= _check(template, names)
        for error in template.errors:
            source.add(error)
    return ports


def _check_directories(configs: Path, shown: str, asterisks: Collection[str], source: Source) -> None:
    """Note the configuration of an Asterisk that the test does not have."""
    for path in sorted(configs.glob("ast*")):
        if path.name not in asterisks and path.is_dir():
            what = f"is never used: the test has {', '.join(asterisks)}" + " alone" * (len(asterisks) == 1)
            hint = more_asterisks(path.name) if ASTERISK.fullmatch(path.name) else None
            source.add(Diagnostic(f"{shown}/{path.name}", 0, 0, what, hint))


def more_asterisks(name: str) -> str:
    """What to do about an Asterisk of that name that the test does not have."""
    return f"'properties: {{asterisks: {name[-1]}}}' gives it more"


def _templates(configs: Path) -> Iterator[Path]:
    yield from (path for path in sorted(configs.rglob(f"*{SUFFIX}")) if path.suffix == SUFFIX and not path.is_dir())


def _read(path: Path, shown: str, source: Source) -> Source | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        source.add(Diagnostic(shown, 0, 0, f"cannot be read: {error.strerror}"))
        return None
    try:
        return Source(shown, data.decode())
    except UnicodeDecodeError as error:
        template = Source(shown, data.decode(errors="replace"))
        line, column = template.position(len(data[: error.start].decode()))
        template.error(line, column, f"a template must be UTF-8, and here is the byte 0x{data[error.start]:02x}")
        source.add(template.errors[0])
        return None


def _check(template: Source, names: Mapping[str, Collection[str]]) -> set[str]:
    ports = set()
    for one in placeholders(template.text):
        if template.full:
            break  # looking for a place costs
        wrong, hint = _wrong(one, names)
        if wrong:
            line, column = template.position(one.offset)
            template.error(line, column, wrong, hint=hint, length=one.length)
        elif one.name == PORT:
            ports.add(one.field)
    return ports


def _wrong(one: Placeholder, names: Mapping[str, Collection[str]]) -> tuple[str, str | None]:
    """What is wrong with a placeholder, and what may have been meant; '' if nothing is."""
    literal = "'@@{' is a literal '@{'"
    if not one.closed:
        return "'@{' without its '}'", literal
    if not one.name:
        return "a template names things as '@{name.field}', such as '@{ast1.http}'", literal
    if ASTERISK.fullmatch(one.name) and one.name not in names:
        return f"the test has no Asterisk {quoted(one.name)}", more_asterisks(one.name)
    if one.name not in names:
        return f"unknown name {quoted(one.name)}", did_you_mean(one.name, names) or f"known: {', '.join(names)}"
    fields = names[one.name]
    if one.name != PORT and one.field not in fields:
        hint = did_you_mean(one.field, fields) or f"known: {', '.join(fields)}"
        return f"{quoted(one.name)} has no {quoted(one.field)}", hint
    return "", None
