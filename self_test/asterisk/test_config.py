"""The configuration of a private Asterisk: our defaults, and a test's own files over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.asterisk.config import EMPTY, LOG_FILE, Layout, merge, outbound_applications, write
from callgate.errors import MachineError


def layout(directory: Path, modules: tuple[str, ...] | None = ("pbx_config", "res_ari")) -> Layout:
    return Layout(directory=directory, module_dir=Path("/tree/modules"), data_dir=Path("/tree/data"), http_port=8001,
                  ami_port=5001, ami_secret="ami-secret", ari_secret="ari-secret", modules=modules,
                  channel_variables=("STASISSTATUS", "FOO"))


def overlay(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        path = directory / "overlay" / f"{name}.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return directory / "overlay"


def category(text: str, name: str) -> dict[str, str]:
    """The options of a category, the parts that `(+)` adds included: what Asterisk reads."""
    found: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        if line.startswith("["):
            current = line.partition("]")[0][1:]
        elif "=" in line and current == name:
            key, _, value = line.partition("=")
            found[key.strip()] = value.removeprefix(">").strip()
    return found


def test_the_defaults(tmp_path: Path) -> None:
    one = layout(tmp_path / "ast1")
    write(one, None)
    etc = one.directory / "etc"
    assert one.config_file == etc / "asterisk.conf"
    assert category((etc / "http.conf").read_text(), "general") == {
        "enabled": "yes", "prefix": "", "bindaddr": "127.0.0.1", "bindport": "8001"}
    manager = (etc / "manager.conf").read_text()
    assert category(manager, "general") == {
        "enabled": "yes", "bindaddr": "127.0.0.1", "port": "5001", "channelvars": "STASISSTATUS,FOO"}
    assert category(manager, "callgate")["secret"] == "ami-secret"
    ari = (etc / "ari.conf").read_text()
    assert category(ari, "general") == {"enabled": "yes", "channelvars": "STASISSTATUS,FOO"}
    assert category(ari, "callgate") == {"type": "user", "password": "ari-secret"}
    assert (etc / "modules.conf").read_text() == (
        "[modules]\nautoload = no\nload = pbx_config.so\nload = res_ari.so\n")
    directories = category((etc / "asterisk.conf").read_text(), "directories")
    assert (directories["astmoddir"], directories["astdatadir"]) == ("/tree/modules", "/tree/data")
    assert (directories["astdbdir"], directories["astrundir"]) == (str(one.directory / "db"), "run")
    assert all((etc / name).read_text() == "" for name in EMPTY)
    assert (one.directory / LOG_FILE).read_text() == ""


def test_everything_is_private(tmp_path: Path) -> None:
    one = layout(tmp_path / "ast1")
    write(one, None)
    for directory in (one.directory, *(path for path in one.directory.iterdir() if path.is_dir())):
        assert directory.stat().st_mode & 0o777 == 0o700, directory


def test_all_modules_are_asked_for_by_autoload(tmp_path: Path) -> None:
    one = layout(tmp_path, modules=None)
    write(one, None)
    assert (one.directory / "etc/modules.conf").read_text() == "[modules]\nautoload = yes\n"


def test_a_semicolon_in_a_path_is_no_comment(tmp_path: Path) -> None:
    one = layout(tmp_path / "a;b")
    write(one, None)
    lines = one.config_file.read_text().splitlines()
    assert f"astdbdir => {tmp_path}/a\\;b/db" in lines


def test_a_file_of_the_test_replaces_the_default(tmp_path: Path) -> None:
    one = layout(tmp_path / "ast1")
    write(one, overlay(tmp_path, extensions="[Acme]\n", cel="[general]\nenable=yes\n", pjsip="; mine\n"))
    etc = one.directory / "etc"
    assert (etc / "extensions.conf").read_text() == "[Acme]\n"
    assert (etc / "cel.conf").read_text() == "[general]\nenable=yes\n"
    assert (etc / "pjsip.conf").read_text() == "; mine\n"


def test_files_in_directories_come_along(tmp_path: Path) -> None:
    source = tmp_path / "overlay"
    (source / "more").mkdir(parents=True)
    (source / "more" / "manager.conf").write_text("[general]\n")
    one = layout(tmp_path / "ast1")
    write(one, source)
    assert (one.directory / "etc/more/manager.conf").read_text() == "[general]\n", "only ours are added to"


@pytest.mark.parametrize("name", ["asterisk", "ari", "http", "logger", "manager", "modules"])
def test_a_file_that_holds_the_instance_together_is_added_to(tmp_path: Path, name: str) -> None:
    one = layout(tmp_path / "ast1")
    write(one, None)
    ours = (one.directory / f"etc/{name}.conf").read_text()
    write(one, overlay(tmp_path, **{name: "[general]\nmine = yes\n"}))
    text = (one.directory / f"etc/{name}.conf").read_text()
    assert set(ours.splitlines()) <= set(text.splitlines())
    assert category(text, "general")["mine"] == "yes"


def test_what_holds_the_instance_together_is_no_tests_to_change(tmp_path: Path) -> None:
    one = layout(tmp_path / "ast1")
    write(one, overlay(tmp_path, http="[general]\nenabled = no\nbindport = 8088\nprefix = pbx\n",
                       manager="[general]\nenabled = no\nport = 5038\n", ari="[general]\nenabled = no\n",
                       asterisk="[options]\nverbose = 0\n"))
    etc = one.directory / "etc"
    assert category((etc / "http.conf").read_text(), "general") == {
        "enabled": "yes", "prefix": "", "bindaddr": "127.0.0.1", "bindport": "8001"}
    manager = category((etc / "manager.conf").read_text(), "general")
    assert (manager["enabled"], manager["port"]) == ("yes", "5001")
    assert category((etc / "ari.conf").read_text(), "general")["enabled"] == "yes"
    assert category((etc / "asterisk.conf").read_text(), "options")["verbose"] == "5"


def test_no_overlay_is_fine(tmp_path: Path) -> None:
    write(layout(tmp_path / "ast1"), tmp_path / "nothing")


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "ast1").write_text("a file")
    with pytest.raises(MachineError, match=r"cannot write the configuration of Asterisk in .*ast1/etc: File exists"):
        write(layout(tmp_path / "ast1"), None)


def test_a_file_of_the_test_that_is_not_utf_8(tmp_path: Path) -> None:
    source = overlay(tmp_path, manager="", extensions="")
    for name in ("manager", "extensions"):
        (source / f"{name}.conf").write_bytes(b"[general]\n; caf\xe9\nmine = yes\n")
    one = layout(tmp_path / "ast1")
    write(one, source)
    for name in ("manager", "extensions"):
        assert b"caf\xe9\nmine = yes\n" in (one.directory / f"etc/{name}.conf").read_bytes()


# Templates

NAMES = {"ast1": {"http": "8001", "dir": "/a;b"}, "port": {"sip": "61000"}}


def template(directory: Path, name: str, text: str) -> Path:
    source = directory / "overlay"
    source.mkdir(exist_ok=True)
    (source / name).write_text(text)
    return source


def test_a_template_becomes_the_file_of_its_name(tmp_path: Path) -> None:
    text = "[Acme]\nexten => 1,1,Dial(PJSIP/${EXTEN}@@{x}@127.0.0.1:@{port.sip})\n ; a@b.c, @\n"
    one = layout(tmp_path / "ast1")
    write(one, template(tmp_path, "extensions.conf.in", text), NAMES)
    etc = one.directory / "etc"
    assert (etc / "extensions.conf").read_text() == (
        "[Acme]\nexten => 1,1,Dial(PJSIP/${EXTEN}@{x}@127.0.0.1:61000)\n ; a@b.c, @\n")
    assert not (etc / "extensions.conf.in").exists()


def test_a_template_is_added_to_what_holds_the_instance_together(tmp_path: Path) -> None:
    one = layout(tmp_path / "ast1")
    write(one, template(tmp_path, "http.conf.in", "[general]\ntlsbindaddr = 127.0.0.1:@{port.sip}\n"), NAMES)
    text = category((one.directory / "etc/http.conf").read_text(), "general")
    assert (text["tlsbindaddr"], text["bindport"]) == ("127.0.0.1:61000", "8001")


def test_a_semicolon_that_is_put_in_is_no_comment(tmp_path: Path) -> None:
    one = layout(tmp_path / "ast1")
    write(one, template(tmp_path, "a.conf.in", "x = @{ast1.dir}\n"), NAMES)
    assert (one.directory / "etc/a.conf").read_text() == "x = /a\\;b\n"


def test_a_template_that_has_changed_since_it_was_checked(tmp_path: Path) -> None:
    source = template(tmp_path, "a.conf.in", "x = @{port.other}\n")
    with pytest.raises(MachineError, match=r"overlay/a\.conf\.in: @\{port\.other\} stands for nothing$"):
        write(layout(tmp_path / "ast1"), source, NAMES)


# Asterisk continues a category that is there with `[name](+)`; a second `[name]` would begin another, unread one.

@pytest.mark.parametrize(("theirs", "merged"), [
    ("[general]\na = 1\n", "[general](+)\na = 1\n"),
    ("[general] ; comment\na = 1\n", "[general](+) ; comment\na = 1\n"),
    ("[general](+)\na = 1\n", "[general](+)\na = 1\n"),
    ("[general] (+)\na = 1\n", "[general] (+)\na = 1\n"),
    ("[other]\na = 1\n", "[other]\na = 1\n"),
    ("[other](general)\na = 1\n", "[other](general)\na = 1\n"),
    (";[general]\n", ";[general]\n"),
    ("a = [general]\n", "a = [general]\n"),
    ("[user]\nb = 1\n[general]\na = 1\n", "[user](+)\nb = 1\n[general](+)\na = 1\n"),
    ("[general]", "[general](+)"),
    pytest.param("  [general]\na = 1\n", "  [general](+)\na = 1\n"),
    pytest.param("[General]\na = 1\n", "[General](+)\na = 1\n"),
    ("", ""),
])
def test_a_category_that_is_ours_too_is_continued(theirs: str, merged: str) -> None:
    ours = "[general]\nport = 1\n\n[user]\nsecret = x\n"
    assert merge(ours, theirs) == f"{ours}\n{merged}"


def test_the_applications_that_asterisk_registers_itself(tmp_path: Path) -> None:
    assert outbound_applications(tmp_path) == set()
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "ari.conf").write_text("[a]\ntype = outbound_websocket\napps = Babs, Bugs ; two\n ;apps = No\n"
                                               "[b]\napps=>Buster\n")
    assert outbound_applications(tmp_path) == {"Babs", "Bugs", "Buster"}
