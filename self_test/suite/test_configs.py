"""The configuration that a test brings is checked with everything else, before anything starts."""

from __future__ import annotations

from typing import ClassVar

import pytest
from self_test.suite.conftest import SuiteOnDisk
from self_test.suite.language import HEAD, STEPS

from callgate.scenario.steps.base import Name, Step
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import Suite, load_suite

TEMPLATE = "tests/t/configs/ast1/pjsip.conf.in"
USED = HEAD + "    - originate: {endpoint: 'PJSIP/x@${ast1.address}:${port.sip}', as: call}\n"


def complaint(disk: SuiteOnDisk, template: str | bytes, name: str = TEMPLATE) -> str:
    disk.test("t", HEAD + "    - hangup: []\n")
    disk.write(name, template)
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    return str(caught.value)


def test_a_template_gives_names_to_ports(disk: SuiteOnDisk) -> None:
    disk.test("t", USED)
    disk.write(TEMPLATE, "bind = @{ast1.address}:@{port.sip}\ndir = @{run.dir}/@{run.id}\n; @{port.iax} @@{x\n")
    [test] = disk.load().tests
    assert test.ports == ("iax", "sip")


def test_a_test_without_templates_has_no_ports(disk: SuiteOnDisk) -> None:
    disk.test("t")
    disk.write("tests/t/configs/ast1/pjsip.conf", "@{port.sip}")
    assert disk.load().tests[0].ports == ()


def test_a_name_that_is_not_there(disk: SuiteOnDisk) -> None:
    assert complaint(disk, "; first\nbind = 127.0.0.1:@{prot.sip}\n") == (
        "tests/t/configs/ast1/pjsip.conf.in:2:18: error: unknown name 'prot'; did you mean 'port'?\n"
        "  2 | bind = 127.0.0.1:@{prot.sip}\n"
        "    |                  ^^^^^^^^^^^\n"
        "1 error in 1 file; nothing was started")


@pytest.mark.parametrize(("text", "message"), [
    ("@{ast1.htpp}", "1:1: error: 'ast1' has no 'htpp'; did you mean 'http'?"),
    ("@{ast1.password}", "1:1: error: 'ast1' has no 'password'; known: address, http, ami, dir"),
    ("@{call.id}", "1:1: error: unknown name 'call'; known: run, ast1, port"),
    ("a @{port}", ("1:3: error: a template names things as '@{name.field}', such as '@{ast1.http}'; "
                   "'@@{' is a literal '@{'")),
    ("@{}", "1:1: error: a template names things as '@{name.field}'"),
    ("x\r\n y@{port.sip\r\n", "2:3: error: '@{' without its '}'; '@@{' is a literal '@{'"),
    (b"[a]\nb = caf\xe9", "2:8: error: a template must be UTF-8, and here is the byte 0xe9"),
])
def test_what_is_wrong_in_a_template(disk: SuiteOnDisk, text: str | bytes, message: str) -> None:
    assert complaint(disk, text).startswith(f"{TEMPLATE}:{message}")


def test_errors_of_templates_are_told_with_all_others(disk: SuiteOnDisk) -> None:
    disk.write("tests/t/configs/ast1/a.conf.in", "@{x.y}")
    disk.write("tests/t/configs/ast1/more/b.conf.in", "@{x.y}")
    disk.test("t", HEAD + "    - hangup: call\n")
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    assert [error.path for error in caught.value.diagnostics] == [
        "tests/t/configs/ast1/a.conf.in", "tests/t/configs/ast1/more/b.conf.in", "tests/t/test-config.yaml"]


def test_a_file_that_is_made_from_a_template_cannot_lie_beside_it(disk: SuiteOnDisk) -> None:
    disk.write("tests/t/configs/ast1/pjsip.conf", "")
    assert complaint(disk, "").startswith(
        f"{TEMPLATE}: error: lies beside 'pjsip.conf', which is made from it: only one of them can be")


@pytest.mark.parametrize(("reference", "message"), [
    ("${port.sipp}", ("no configuration template names the port 'sipp', and no step listens on it; "
                      "did you mean 'sip'?")),
    ("${port}", "'port' stands for nothing by itself: name one, such as '${port.sip}'"),
    ("${ast1.user}", "of 'ast1' there is '${ast1.address}', '${ast1.http}', '${ast1.ami}' and '${ast1.dir}'"),
    ("${ast2.http}", "the test has no Asterisk 'ast2'; 'properties: {asterisks: 2}' gives it more"),
])
def test_steps_know_the_same_names(disk: SuiteOnDisk, reference: str, message: str) -> None:
    disk.write(TEMPLATE, "@{port.sip}")
    told = disk.messages_of_steps(f"- originate: {{endpoint: '{reference}', as: x}}")
    assert told == [f"6:32: error: {message}"]


@pytest.mark.parametrize("name", ["port", "ast1", "ast2"])
def test_these_names_are_taken(disk: SuiteOnDisk, name: str) -> None:
    told = disk.messages_of_steps(f"- originate: {{endpoint: x, as: {name}}}")
    assert told == [f"6:38: error: '{name}' is a reserved name"]


class Listen(Step):
    keyword: ClassVar[str] = "listen"
    shorthand: ClassVar[str | None] = "port"

    port: Name

    def listens(self) -> set[str]:
        return {self.port}


def load_with_listen(disk: SuiteOnDisk, *steps: str) -> Suite:
    disk.test("t", HEAD + "".join(f"    - {line}\n" for line in steps))
    return load_suite(disk.root, [], None, {**STEPS, "listen": Listen}, current=disk.root)


def test_a_step_that_listens_gives_names_to_ports(disk: SuiteOnDisk) -> None:
    suite = load_with_listen(disk, "listen: ws", "originate: {endpoint: '${port.ws}', as: x}")
    assert suite.tests[0].ports == ("ws",)


def test_a_broken_step_may_have_been_the_one_that_listens(disk: SuiteOnDisk) -> None:
    with pytest.raises(InvalidFilesError) as caught:
        load_with_listen(disk, "listen: {ports: ws}", "originate: {endpoint: '${port.ws}', as: x}")
    assert [error.message for error in caught.value.diagnostics] == ["unknown key 'ports' in 'listen'"]
