from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from self_test.suite.conftest import SuiteOnDisk

from callgate.errors import NothingSelectedError, UsageError
from callgate.suite.diagnostics import InvalidFilesError


def _tests(disk: SuiteOnDisk, *selectors: str, current: Path | None = None) -> list[str]:
    return [test.id for test in disk.load(*selectors, current=current).tests]


def test_tests_are_found_at_any_depth_and_sorted(disk: SuiteOnDisk) -> None:
    for name in ("b", "a/z", "a", "a/b/c"):
        disk.test(name)
    disk.test(".hidden", "nonsense")
    disk.test("a/__pycache__", "nonsense")
    disk.write("elsewhere/x/test-config.yaml", "nonsense")
    disk.write("test-config.yaml", "defaults: {step-timeout: 5s}")
    assert _tests(disk) == ["tests/a", "tests/a/b/c", "tests/a/z", "tests/b"]


def test_a_path_is_a_directory_or_its_test_config(disk: SuiteOnDisk) -> None:
    for name in ("a/b", "a/c", "d"):
        disk.test(name)
    assert _tests(disk, "tests/a") == ["tests/a/b", "tests/a/c"]
    assert _tests(disk, "tests/a/b/test-config.yaml") == ["tests/a/b"]
    assert _tests(disk, "tests/a/c/", "tests/./a/../d") == ["tests/a/c", "tests/d"]
    assert _tests(disk, ".") == ["tests/a/b", "tests/a/c", "tests/d"]
    assert _tests(disk, str(disk.root / "tests/d")) == ["tests/d"]


def test_a_path_is_relative_to_the_current_directory_then_to_the_root(disk: SuiteOnDisk) -> None:
    disk.test("a/b")
    assert _tests(disk, "b", current=disk.root / "tests/a") == ["tests/a/b"]
    assert _tests(disk, "tests/a/b", current=disk.root / "tests/a") == ["tests/a/b"]
    assert _tests(disk, "tests/a/b", current=Path("/")) == ["tests/a/b"]


def test_a_root_behind_a_symbolic_link(disk: SuiteOnDisk, tmp_path_factory: pytest.TempPathFactory) -> None:
    disk.test("a")
    link = tmp_path_factory.mktemp("links") / "suite"
    link.symlink_to(disk.root)
    assert _tests(SuiteOnDisk(link), "a", current=disk.root / "tests") == ["tests/a"]


def test_the_same_test_twice_is_there_once(disk: SuiteOnDisk) -> None:
    disk.test("a")
    disk.test("b")
    (disk.root / "tests/link").symlink_to("a")
    assert _tests(disk, "tests/a", "tests", "tests/a/test-config.yaml", "tests/link") == ["tests/a", "tests/b"]


def test_symbolic_links_are_followed_and_loops_have_an_end(disk: SuiteOnDisk) -> None:
    disk.test("a")
    disk.write("shared/s/test-config.yaml")
    for link, target in {"a/up": "..", "0link": "a", "more": "../shared", "self": "self", "broken": "no"}.items():
        (disk.root / "tests" / link).symlink_to(target)
    (disk.root / "shared/back").symlink_to("../tests")
    assert _tests(disk) == ["tests/a", "tests/more/s"]


def test_a_scenario_is_selected_by_name(disk: SuiteOnDisk) -> None:
    disk.test("a")
    disk.test("b")
    assert disk.ids("tests/a::Bugs") == ["tests/a::Bugs"]
    assert disk.ids("tests/a/test-config.yaml::Bugs", "tests/b::Babs", "tests/a::Bugs") == [
        "tests/a::Bugs", "tests/b::Babs"]
    assert disk.ids("tests/a::Bugs", "tests/a::Babs") == ["tests/a::Babs", "tests/a::Bugs"]
    assert disk.ids("tests/a::Bugs", "tests/a") == ["tests/a::Babs", "tests/a::Bugs"]
    assert disk.ids("tests/a", "tests/a::Bugs") == ["tests/a::Babs", "tests/a::Bugs"]


def test_keywords_look_at_ids_and_tags(disk: SuiteOnDisk) -> None:
    disk.test("a")
    disk.test("b")
    assert disk.ids(keyword="babs") == ["tests/a::Babs", "tests/b::Babs"]
    assert disk.ids("tests/a", keyword="ari and not BABS") == ["tests/a::Bugs"]
    with pytest.raises(NothingSelectedError, match=r"^-k 'zzz' matches none of 4 scenarios$"):
        disk.ids(keyword="zzz")
    with pytest.raises(UsageError, match=r"^-k: expected a word at column 6"):
        disk.ids(keyword="a and")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("tests/stasus/status", "'tests/stasus/status' does not exist; did you mean 'tests/stasis/status'?"),
        ("tests/stasis/statis", "'tests/stasis/statis' does not exist; did you mean 'tests/stasis/status'?"),
        ("tests/stosis/nothing", "'tests/stosis/nothing' does not exist; did you mean 'tests/stasis'?"),
        ("status", "'status' does not exist; did you mean 'tests/stasis/status'?"),
        ("", "'' does not exist"),
        ("/nowhere", "'/nowhere' does not exist"),
        ("/", "'/' is outside of ROOT"),
        ("tests/stasis::Babs", "'tests/stasis' is no test: it has no test-config.yaml"),
        (".::Babs", "'.' is no test: it has no test-config.yaml"),
        ("tests/stasis/status::", "'tests/stasis/status::': a scenario's name is missing after '::'"),
        ("tests/stasis/status::Bab",
         "'tests/stasis/status::Bab': tests/stasis/status has no scenario 'Bab'; did you mean 'Babs'?"),
        ("tests/stasis/status::X",
         "'tests/stasis/status::X': tests/stasis/status has no scenario 'X'; it has Babs, Bugs"),
        ("tests/stasis/status/extensions.conf",
         "'tests/stasis/status/extensions.conf' is neither a directory nor a test-config.yaml"),
    ],
)
def test_selectors_that_name_nothing(disk: SuiteOnDisk, selector: str, expected: str) -> None:
    disk.test("stasis/status")
    disk.write("tests/stasis/status/extensions.conf")
    with pytest.raises(UsageError) as caught:
        disk.load(selector)
    assert str(caught.value).replace(str(disk.root), "ROOT") == expected


def test_all_bad_selectors_are_told_at_once(disk: SuiteOnDisk) -> None:
    disk.test("a")
    with pytest.raises(UsageError) as caught:
        disk.load("nowhere", "tests", "tests/a::")
    assert len(str(caught.value).split("\n")) == 2


def test_nothing_to_select(disk: SuiteOnDisk) -> None:
    with pytest.raises(UsageError, match="there is no tests/ in "):
        disk.load()
    (disk.root / "tests/empty").mkdir(parents=True)
    for selectors in ((), ("tests/empty",)):
        with pytest.raises(NothingSelectedError, match="holds no test"):
            disk.load(*selectors)
    disk.test("a")
    with pytest.raises(NothingSelectedError, match=r"^'tests/empty' holds no test$"):
        disk.load("tests/a", "tests/empty")


@pytest.mark.parametrize("name", ["test-config.yml", "Test-Config.yaml", "test_config.yaml"])
def test_a_file_nearly_called_right_hides_no_test(disk: SuiteOnDisk, name: str) -> None:
    disk.test("a")
    disk.write(f"tests/b/{name}")
    with pytest.raises(InvalidFilesError, match=rf"^tests/b/{name}: error: must be called test-config.yaml\n"):
        disk.load()


@pytest.mark.parametrize("name", ["a b", "a::b", "a[1]", "a\x1b[31m", "a\udcff"])
def test_a_directory_that_no_selector_could_name(disk: SuiteOnDisk, name: str) -> None:
    disk.test(name)
    with pytest.raises(InvalidFilesError, match="cannot be a test's name") as caught:
        disk.load()
    str(caught.value).encode()


def test_an_unreadable_directory_is_an_error(disk: SuiteOnDisk, unprivileged: Callable[[], None]) -> None:
    disk.test("a")
    disk.test("b/c")
    directory = disk.root / "tests/b"
    directory.chmod(0)
    unprivileged()
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    assert str(caught.value) == (
        "tests/b: error: cannot be searched: Permission denied\n1 error in 1 file; nothing was started"
    )


def test_an_unreadable_file_is_an_error(disk: SuiteOnDisk, unprivileged: Callable[[], None]) -> None:
    disk.test("a").chmod(0)
    unprivileged()
    with pytest.raises(InvalidFilesError, match=r"^tests/a/test-config.yaml: error: cannot be read: Permission denied"):
        disk.load()


def test_a_broken_link_is_no_test_less(disk: SuiteOnDisk) -> None:
    disk.test("a")
    (disk.root / "tests/b").mkdir()
    (disk.root / "tests/b/test-config.yaml").symlink_to("nowhere")
    with pytest.raises(InvalidFilesError, match=r"^tests/b/test-config.yaml: error: cannot be read: No such file"):
        disk.load()
