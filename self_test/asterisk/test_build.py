from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from self_test.asterisk import trees

from callgate.asterisk.build import Build


def test_a_build(tmp_path: Path) -> None:
    trees.installed(tmp_path)
    trees.write(tmp_path / "usr/lib/asterisk/modules/README")
    build = Build("x", tmp_path, tmp_path / "usr/sbin/asterisk", ("/ld.so", "--library-path", "/a:/b"),
                  tmp_path / "usr/lib/asterisk/modules", tmp_path / "usr/share/asterisk", "22.10.1")
    assert build.argv("-V") == ["/ld.so", "--library-path", "/a:/b", str(build.program), "-V"]
    assert build.modules == {"app_stasis", "pbx_config"}
    assert build.environment == {}
    alone = replace(build, loader=(), library_path=("/a", "/b"))
    assert alone.argv("-V") == [str(build.program), "-V"]
    assert alone.environment == {"LD_LIBRARY_PATH": "/a:/b"}
    assert len({build, alone, replace(build)}) == 2
