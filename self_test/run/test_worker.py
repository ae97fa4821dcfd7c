"""A worker plays the scenarios of one test: verdicts in their order, and an Asterisk for each that needs one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from self_test.run.houses import BUILD, Site, crashing, failing, passing, waiting
from self_test.scenario.fakes import a_test, scenario, step
from self_test.scenario.stand import Awaited
from twisted.internet.defer import Deferred

from callgate.asterisk import ports
from callgate.asterisk.build import RemoteBuild
from callgate.asterisk.ports import ReservedPort
from callgate.errors import AsteriskCrashedError, CallgateError, InterruptedRunError, MachineError
from callgate.run.places import Home, PrivatePlace, RemotePlace, places_for
from callgate.run.worker import Worker
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.model import Scenario
from callgate.scenario.recorder import Recorder
from callgate.scenario.verdict import Outcome

REMOTE = RemoteBuild("remote:lab", "127.0.0.1", 5038, "user", "secret", 8088, "user", "secret")
INTERRUPT = InterruptedRunError("the run was interrupted")


def work(site: Site, *scenarios: Scenario, keep: bool = False) -> tuple[Worker, Awaited]:
    worker = site.worker(a_test(*scenarios, directory=Path("/suite/tests/t")), keep=keep)
    return worker, Awaited(worker.work())


def test_verdicts_come_in_order_and_one_asterisk_is_enough(site: Site) -> None:
    worker, working = work(site, passing("A"), failing("B"), passing("C"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "passed"), ("tests/t::B", "failed"), ("tests/t::C", "passed")]
    assert site.house.log == ["enter", "leave", "abandon"]
    assert worker.asterisk_seconds == 0.5
    first, second, _ = site.verdicts
    assert (first.summary, first.build, first.version, first.journal) == ("Plays A.", "debian:sid", "22.10.1", "")
    assert second.rerun == "./runtests.py tests/t::B"
    assert second.journal == "tests/t/B.jsonl"
    lines = (site.directory.path / second.journal).read_text().splitlines()
    assert json.loads(lines[0])["name"] == "originate: {endpoint: bad, app: a, as: call}"


def test_a_skipped_scenario_has_a_verdict_with_its_reason_and_needs_no_asterisk(site: Site) -> None:
    _, working = work(site, scenario(step("expect", {"ami": "Go"}), name="A", skip="waits for #42"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "skipped")]
    assert site.verdicts[0].reason == "waits for #42"
    assert site.house.log == []


def test_a_crash_costs_one_scenario_and_the_rest_get_another_asterisk(site: Site) -> None:
    _, working = work(site, passing("A"), crashing("B"), passing("C"), passing("D"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "passed"), ("tests/t::B", "crashed"), ("tests/t::C", "passed"),
                               ("tests/t::D", "passed")]
    assert site.house.log == ["enter", "abandon", "enter", "leave", "abandon"]


def test_after_a_crash_that_was_to_be_the_rest_get_another_asterisk(site: Site) -> None:
    _, working = work(site, replace(crashing("A"), known_bug=KnownBug("ASTERISK-1", crash=True)), passing("B"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "expected-failure"), ("tests/t::B", "passed")]
    assert site.house.log == ["enter", "abandon", "enter", "leave", "abandon"]
    assert not (site.directory.path / "tests/t").exists()


def test_the_log_of_a_crash_that_was_to_be_is_named_if_it_is_kept(site: Site, tmp_path: Path) -> None:
    deadly = replace(crashing("B"), known_bug=KnownBug("ASTERISK-1", crash=True))
    worker = site.worker(a_test(passing("A"), deadly, directory=tmp_path), keep=True)
    log = site.directory.path / "tests/t/ast1/log/full"
    log.parent.mkdir(parents=True)
    log.touch()
    Awaited(worker.work()).result()
    assert [verdict.asterisk_log for verdict in site.verdicts] == ["", "tests/t/ast1/log/full"]


def test_an_asterisk_elsewhere_is_not_crashed(site: Site) -> None:
    test = a_test(replace(crashing("A"), known_bug=KnownBug("ASTERISK-1", crash=True)), passing("B"),
                  replace(failing("C"), known_bug=KnownBug("ASTERISK-1")), directory=Path("/suite/tests/t"))
    Awaited(site.worker(test, REMOTE).work()).result()
    assert site.outcomes() == [("tests/t::A", "skipped"), ("tests/t::B", "passed"),
                               ("tests/t::C", "expected-failure")]
    assert site.verdicts[0].reason == "is to crash its Asterisk, and remote:lab is somebody else's"


def test_no_asterisk_is_started_after_a_crash_of_the_last(site: Site) -> None:
    _, working = work(site, crashing("A"))
    working.result()
    assert site.house.log == ["enter", "abandon"]


@pytest.mark.parametrize(("error", "outcome", "log"), [
    (AsteriskCrashedError("Asterisk died: signal 6 (SIGABRT)", ("last words",)), "crashed", ("last words",)),
    (MachineError("module app_stasis does not run on debian:sid"), "environment", ()),
])
def test_without_an_asterisk_every_scenario_says_why(site: Site, error: CallgateError, outcome: str,
                                                     log: tuple[str, ...]) -> None:
    site.house.boot_errors = [error]
    _, working = work(site, passing("A"), passing("B"))
    working.result()
    assert site.outcomes() == [("tests/t::A", outcome), ("tests/t::B", outcome)]
    for verdict in site.verdicts:
        assert verdict.explanation is not None
        assert (verdict.explanation.headline, verdict.explanation.log) == (str(error), log)
    assert site.house.log == ["enter", "abandon"]


def test_a_place_that_refuses_a_test_skips_it_with_the_reason(site: Site) -> None:
    site.house.refusal = "remote:lab has no Babs@Acme in its dialplan"
    _, working = work(site, passing("A"), passing("B"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "skipped"), ("tests/t::B", "skipped")]
    assert {verdict.reason for verdict in site.verdicts} == {site.house.refusal}
    assert site.house.log == ["enter", "leave", "abandon"]


def test_what_the_build_alone_shows_missing_starts_no_asterisk(site: Site) -> None:
    site.house.unmet = "needs program sipp, which is not on PATH"
    _, working = work(site, passing("A"), passing("B"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "skipped"), ("tests/t::B", "skipped")]
    assert {verdict.reason for verdict in site.verdicts} == {site.house.unmet}
    assert site.house.log == ["abandon"]


def of_versions(scenario: Scenario, *ranges: str) -> Scenario:
    return replace(scenario, versions=ranges)


OTHER = "needs Asterisk <16 or >=23, and debian:sid is 22.10.1"


def test_scenarios_of_other_versions_need_no_asterisk(site: Site) -> None:
    known_bug = replace(of_versions(failing("B"), ">=23"), known_bug=KnownBug("ASTERISK-1"))
    _, working = work(site, of_versions(passing("A"), "<16", ">=23"), known_bug)
    working.result()
    assert site.outcomes() == [("tests/t::A", "skipped"), ("tests/t::B", "skipped")]
    assert site.verdicts[0].reason == OTHER
    assert site.house.log == []


def test_scenarios_of_other_versions_are_left_out_between_those_that_play(site: Site) -> None:
    _, working = work(site, of_versions(passing("A"), "<16", ">=23"), of_versions(passing("B"), "<16", ">=22.10"),
                      of_versions(passing("C"), "<22"), passing("D"))
    working.result()
    assert [outcome for _, outcome in site.outcomes()] == ["skipped", "passed", "skipped", "passed"]
    assert site.house.log == ["enter", "leave", "abandon"]
    assert site.house.asked == 0


def test_an_asterisk_elsewhere_is_asked_for_its_version_once(site: Site) -> None:
    site.house.version = "21.0.0"
    test = a_test(passing("A"), of_versions(passing("B"), ">=22"), of_versions(passing("C"), "<22"),
                  directory=Path("/suite/tests/t"))
    Awaited(site.worker(test, REMOTE).work()).result()
    assert [outcome for _, outcome in site.outcomes()] == ["passed", "skipped", "passed"]
    assert site.verdicts[1].reason == "needs Asterisk >=22, and remote:lab is 21.0.0"
    assert site.house.asked == 1
    Awaited(site.worker(a_test(passing("A"), directory=Path("/suite/tests/t")), REMOTE).work()).result()
    assert site.house.asked == 1, "nobody wants to know"


@pytest.mark.parametrize("version", ["", "UNKNOWN"])
def test_a_version_that_cannot_be_compared_is_no_skip_and_no_pass(site: Site, version: str) -> None:
    site.house.version = version
    test = a_test(of_versions(passing("A"), ">=22"), passing("B"), directory=Path("/suite/tests/t"))
    for build in (REMOTE, replace(BUILD, version=version)):
        Awaited(site.worker(test, build).work()).result()
        assert site.outcomes() == [("tests/t::A", "environment"), ("tests/t::B", "passed")]
        explanation = site.verdicts[0].explanation
        assert explanation is not None
        assert explanation.headline == (
            f"{build.spec} calls itself Asterisk '{version}', which cannot be compared with >=22")
        site.verdicts.clear()


@pytest.mark.parametrize("where", ["unmet", "refusal", "skip", "versions"])
def test_without_skips_each_of_them_has_failed_for_its_reason(site: Site, where: str) -> None:
    reason = "needs something that is not there"
    if where == "skip":
        wanted = scenario(step("expect", {"ami": "Go"}), name="A", skip=reason)
    elif where == "versions":
        wanted, reason = of_versions(passing("A"), "<16", ">=23"), OTHER
    else:
        wanted = passing("A")
        setattr(site.house, where, reason)
    worker = site.worker(a_test(wanted, directory=Path("/suite/tests/t")), no_skips=True)
    Awaited(worker.work()).result()
    (verdict,) = site.verdicts
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, "")
    assert verdict.explanation is not None
    assert verdict.explanation.headline == reason


def test_a_bad_stop_is_a_verdict_of_its_own(site: Site) -> None:
    site.house.stop_error = AsteriskCrashedError("Asterisk crashed on the way down: signal 11 (SIGSEGV)", ("words",))
    _, working = work(site, passing("A"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "passed"), ("tests/t", "crashed")]
    verdict = site.verdicts[1]
    assert verdict.explanation is not None
    assert verdict.explanation.headline == str(site.house.stop_error)
    assert verdict.explanation.log == ("words",)
    assert (verdict.seconds, verdict.rerun) == (0.5, "./runtests.py tests/t")
    assert (site.directory.path / "tests/t").is_dir(), "its logs explain the crash"


@pytest.mark.parametrize(("keep", "kept"), [(False, False), (True, True)])
def test_what_passing_tests_leave_is_removed_unless_it_is_to_be_kept(site: Site, keep: bool, kept: bool) -> None:
    _, working = work(site, passing("A"), keep=keep)
    working.result()
    assert (site.directory.path / "tests/t/A.jsonl").exists() is kept
    assert site.verdicts[0].journal == ("tests/t/A.jsonl" if kept else "")


@pytest.mark.parametrize("bad", [failing("B"), crashing("B")])
def test_what_others_leave_stays(site: Site, bad: Scenario) -> None:
    _, working = work(site, passing("A"), bad)
    working.result()
    assert (site.directory.path / "tests/t/B.jsonl").exists()


def test_an_interrupt_ends_what_plays_with_a_verdict(site: Site) -> None:
    worker, working = work(site, passing("A"), waiting("B"), passing("C"))
    worker.interrupt(INTERRUPT)
    with pytest.raises(InterruptedRunError):
        working.result()
    assert site.outcomes() == [("tests/t::A", "passed"), ("tests/t::B", "interrupted")]
    assert site.house.log == ["enter", "abandon"]
    assert (site.directory.path / "tests/t/B.jsonl").exists()


def test_an_interrupt_ends_a_boot(site: Site) -> None:
    site.house.slow = Deferred()
    worker, working = work(site, passing("A"))
    worker.interrupt(INTERRUPT)
    with pytest.raises(InterruptedRunError):
        working.result()
    assert site.outcomes() == []
    assert site.house.log == ["enter", "abandon"]


def test_an_interrupt_during_clean_up_lets_no_other_scenario_begin(site: Site) -> None:
    lasting = scenario(step("expect", {"ami": "Nothing", "within": "1s"}), name="A",
                       last=[step("expect", {"ami": "Nothing"})])
    worker, working = work(site, lasting, passing("B"))
    site.house.clock.advance(1)
    worker.interrupt(INTERRUPT)
    with pytest.raises(InterruptedRunError):
        working.result()
    assert [name for name, _ in site.outcomes()] == ["tests/t::A"]


def test_a_bug_gets_through_and_leaves_nothing_running(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("callgate.run.worker.Player", broken)
    _, working = work(site, passing("A"))
    with pytest.raises(ValueError, match="a bug"):
        working.result()
    assert site.house.log == ["enter", "abandon"]


def test_a_full_disk_ends_the_scenario_whose_journal_it_was(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callgate.run.worker.JOURNAL", ".full")
    for name in ("A", "B"):
        (site.directory.test_directory("tests/t") / f"{name}.full").symlink_to("/dev/full")
    _, working = work(site, waiting("A"), passing("B"))
    working.result()
    assert site.outcomes() == [("tests/t::A", "environment"), ("tests/t::B", "environment")]
    explanation = site.verdicts[0].explanation
    assert explanation is not None
    assert explanation.headline.endswith("No space left on device")


def test_events_between_two_scenarios_are_in_no_journal(site: Site) -> None:
    _, working = work(site, waiting("A"), waiting("B"), keep=True)
    site.house.asterisk.ami_event("Go")
    site.house.asterisk.ami_event("Go")
    working.result()
    site.house.asterisk.ami_event("Late")
    for name in ("A", "B"):
        text = (site.directory.path / f"tests/t/{name}.jsonl").read_text()
        assert text.count('"name":"Go"') == 1
        assert '"name":"Late"' not in text
    assert site.verdicts[-1].outcome is Outcome.PASSED


def test_the_kind_of_build_decides_on_the_kind_of_place(tmp_path: Path, site: Site) -> None:
    test = a_test(passing("A"), directory=tmp_path)
    for build, kind in ((BUILD, PrivatePlace), (REMOTE, RemotePlace)):
        place = places_for(site.house.clock, build, site.options())(test, {"ast1": Home(tmp_path, Recorder())})
        assert isinstance(place, kind)
        Awaited(place.abandon()).result()


def test_the_ports_of_a_test_are_the_same_everywhere_until_its_end(site: Site, tmp_path: Path) -> None:
    test = replace(a_test(crashing("A"), waiting("B"), directory=tmp_path), ports=("iax", "sip"))
    working = Awaited(site.worker(test).work())
    first, second = site.house.told
    assert first == second
    assert set(first["port"]) == {"iax", "sip"}
    assert first["run"] == {"id": site.directory.path.name, "dir": str(site.directory.path)}
    with pytest.raises(MachineError, match="is not free"):
        ReservedPort(int(first["port"]["sip"]))
    site.house.asterisk.ami_event("Go")
    working.result()
    ReservedPort(int(first["port"]["sip"])).release()


def test_scenarios_know_the_names_of_their_asterisk(site: Site, tmp_path: Path) -> None:
    asking = step("originate", {"endpoint": "${ast1.address}:${port.sip}", "app": "a", "as": "call"})
    test = replace(a_test(scenario(asking, name="A"), directory=tmp_path), ports=("sip",))
    Awaited(site.worker(test).work()).result()
    [request] = [one for one in site.house.asterisk.fake_ari.requests if one.method == "POST"]
    assert request.query["endpoint"] == f"127.0.0.1:{site.house.told[0]['port']['sip']}"


def test_the_asterisks_of_a_test_are_all_new_after_one_has_crashed(site: Site, tmp_path: Path) -> None:
    test = replace(a_test(crashing("A"), passing("B"), directory=tmp_path), asterisks=("ast1", "ast2"))
    Awaited(site.worker(test).work()).result()
    assert site.outcomes() == [("tests/t::A", "crashed"), ("tests/t::B", "passed")]
    directory = site.directory.path / "tests/t"
    assert [[home.directory for home in place.homes.values()] for place in site.house.places] == [
        [directory / "ast1", directory / "ast2"], [directory / "ast1.2", directory / "ast2.2"]]
    assert site.house.log == ["enter", "abandon", "enter", "leave", "abandon"]


def test_the_journal_says_which_of_several_asterisks_it_was(site: Site, tmp_path: Path) -> None:
    test = replace(a_test(waiting("A"), directory=tmp_path), asterisks=("ast1", "ast2"))
    working = Awaited(site.worker(test, keep=True).work())
    one, two = site.house.places[0].asterisks.values()
    two.ami_event("Go")
    one.ami_event("Go")
    working.result()
    lines = map(json.loads, (site.directory.path / "tests/t/A.jsonl").read_text().splitlines())
    assert [line["asterisk"] for line in lines if line["name"] == "Go"] == ["ast2", "ast1"]


def test_the_log_that_is_shown_is_of_the_one_that_crashed(site: Site, tmp_path: Path) -> None:
    site.house.boot_errors = [AsteriskCrashedError("ast2 died: signal 6 (SIGABRT)", asterisk="ast2")]
    test = replace(a_test(passing("A"), directory=tmp_path), asterisks=("ast1", "ast2"))
    for name in test.asterisks:
        log = site.directory.test_directory("tests/t") / name / "log" / "full"
        log.parent.mkdir(parents=True)
        log.touch()
    Awaited(site.worker(test).work()).result()
    assert [verdict.asterisk_log for verdict in site.verdicts] == ["tests/t/ast2/log/full"]


def test_one_asterisk_elsewhere_is_not_two(site: Site, tmp_path: Path) -> None:
    test = replace(a_test(passing("A"), directory=tmp_path), asterisks=("ast1", "ast2"))
    homes = {name: Home(tmp_path, Recorder()) for name in test.asterisks}
    assert places_for(site.house.clock, REMOTE, site.options())(test, homes).unmet() == (
        "needs 2 Asterisks, and remote:lab is one")


def test_without_ports_there_is_no_judgement(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_is_free_for_udp", lambda _number: False)
    Awaited(site.worker(replace(a_test(passing("A"), directory=tmp_path), ports=("sip",))).work()).result()
    assert site.outcomes() == [("tests/t::A", "environment")]
    [verdict] = site.verdicts
    assert verdict.explanation is not None
    assert verdict.explanation.headline == "no port on 127.0.0.1 is free for both TCP and UDP"


def test_the_scenarios_of_a_test_share_its_time(site: Site, tmp_path: Path) -> None:
    test = replace(a_test(waiting("A"), waiting("B"), passing("C"), directory=tmp_path), timeout=3.0)
    working = Awaited(site.worker(test).work())
    site.house.clock.advance(2)
    site.house.asterisk.ami_event("Go")
    site.house.clock.advance(1)
    working.result()
    assert site.outcomes() == [("tests/t::A", "passed"), ("tests/t::B", "failed"), ("tests/t::C", "failed")]
    second, third = (verdict.explanation for verdict in site.verdicts[1:])
    assert second is not None
    assert third is not None
    assert second.headline == "the scenarios of the test did not end within 3 s together"
    assert third.headline == "not played: the scenarios before it have used up the 3 s of the test"


def test_a_known_bug_turns_nothing_red_and_is_told_with_its_reason(site: Site) -> None:
    _, working = work(site, replace(failing("A[x]"), known_bug=KnownBug("ASTERISK-1")))
    working.result()
    [verdict] = site.verdicts
    assert (verdict.outcome, verdict.reason) == (Outcome.EXPECTED_FAILURE, "ASTERISK-1")
    assert verdict.rerun == "./runtests.py 'tests/t::A[x]'"
    assert not (site.directory.path / "tests/t").exists()
