from __future__ import annotations

from pathlib import Path

from self_test.asterisk.test_remote import LAB

from callgate.asterisk.remote import RemoteSettings
from callgate.asterisk.settings import BuildSettings
from callgate.cli import builds
from callgate.errors import ExitCode


def test_the_table(tmp_path: Path) -> None:
    lines: list[str] = []
    settings = BuildSettings({"HOME": str(tmp_path), "PATH": ""},
                             remotes={"lab": RemoteSettings.model_validate(LAB)})
    assert builds.run(settings, lines.append) is ExitCode.PASSED
    assert "".join(lines) == (
        "   BUILD                VERSION  WHERE\n"
        "*  debian:sid           -        not fetched\n"
        "   debian:experimental  -        not fetched\n"
        "   debian:bullseye      -        not fetched\n"
        "   remote:lab           -        pbx.example.org, AMI 5039, ARI 8088\n")
