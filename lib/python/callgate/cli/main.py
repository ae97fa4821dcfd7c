"""Reads the command line, calls the command, and turns what it raises into one line and an exit code.

An expected error (CallgateError) prints its text. Anything else is a bug: it keeps its traceback and ends with the exit
code of an internal error.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn, get_args

from callgate import __version__
from callgate.ami.driver import DriverName
from callgate.errors import CallgateError, ExitCode, MachineError, UsageError

_EXIT_CODES = """\
exit codes:
  0  all passed                        3  this machine cannot do it, or a bug of Callgate
  1  a scenario failed, or the build   4  mistake in a file or an option; nothing was started
     under test crashed                5  nothing was selected
  2  interrupted"""


def entry_point() -> int:
    """What `runtests.py` and the installed command call."""
    # What is imported and read from here on is there to the end: a run looks for cycles in what comes after that.
    gc.disable()
    return int(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> ExitCode:
    """Run one command. Raises SystemExit for --help, --version and mistakes on the command line alone."""
    options = _parse(argv)
    handler: Callable[[argparse.Namespace], ExitCode] = options.handler
    try:
        return handler(options)
    except CallgateError as error:
        _complain(f"callgate: {error}" if "\n" not in str(error) else str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _complain("callgate: interrupted")
        return ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001 - the one place where a bug becomes an exit code
        _complain(f"{traceback.format_exc()}callgate: this is a bug in Callgate, not in your tests")
        return ExitCode.ENVIRONMENT


def _complain(text: str) -> None:
    """Say it on stderr, if there is one: the exit code has to come through in any case."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Around a command that only prints: nobody has to read it to the end (`runtests.py list | head`)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise MachineError(f"cannot write the output: {error.strerror}") from error


class _Parser(argparse.ArgumentParser):
    """argparse ends with 2 on a mistake, which is `interrupted` here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, f"callgate: {message}\n")


class _Once(argparse.Action):
    """What decides what is judged. Of two argparse takes the last, and the first looks as if it had passed."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object,
                 option_string: str | None = None) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} is given more than once: {getattr(namespace, self.dest)} and {values}")
        setattr(namespace, self.dest, values)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    installed = Path(sys.argv[0]).name == "callgate"
    parser = _Parser(prog="callgate" if installed else "runtests.py", epilog=_EXIT_CODES,
                     formatter_class=argparse.RawDescriptionHelpFormatter,
                     description="Run scenarios written in YAML against a live Asterisk.")
    parser.add_argument("--version", action="version", version=f"callgate {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    _add_run(commands.add_parser("run", help="run scenarios (the default command)", epilog=_EXIT_CODES,
                                 formatter_class=argparse.RawDescriptionHelpFormatter))
    _add_list(commands.add_parser("list", help="print the ids of the scenarios that are selected"))
    _add_builds(commands.add_parser("builds", help="print the builds of Asterisk that are known"))
    _add_schema(commands.add_parser("schema", help="print the JSON Schema of a test's test-config.yaml"))
    known = {"run", "list", "builds", "schema", "-h", "--help", "--version"}
    if not argv or argv[0] not in known:
        argv = ["run", *argv]
    return parser.parse_args(argv)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("selectors", metavar="PATH[::SCENARIO]", nargs="*",
                        help="a directory, a test, or one scenario of a test (default: tests)")
    parser.add_argument("-k", dest="keyword", metavar="EXPRESSION", action=_Once,
                        help="only scenarios whose id or tags match: words joined by 'and', 'or', 'not'")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR",
                        help="root of the suite: ids are relative to it (default: here)")


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_selection(parser)
    parser.add_argument("--asterisk", metavar="BUILD", action=_Once,
                        help="debian:sid, debian:experimental, debian:bullseye, a path, or remote:NAME (default: "
                             "$CALLGATE_ASTERISK, else asterisk on PATH, else debian:sid)")
    parser.add_argument("--ami-driver", choices=get_args(DriverName),
                        help="what reads and writes AMI: Callgate itself, or StarPy, which has to be installed "
                             "(default: 'ami-driver' of the suite's test-config.yaml, else builtin)")
    parser.add_argument("--mirror", metavar="URL",
                        help="Debian mirror to fetch from (default: $CALLGATE_DEBIAN_MIRROR, else what apt is "
                             "configured with)")
    parser.add_argument("--keep", action="store_true", help="leave the journals and logs of passing tests, too")
    parser.add_argument("--no-skips", action="store_true",
                        help="a scenario that would be skipped has failed, with the same reason")
    parser.add_argument("--junit-xml", type=Path, metavar="FILE", help="write a JUnit report")
    parser.add_argument("--run-dir", type=Path, metavar="DIR",
                        help="where run directories are made (default: .callgate/runs under the root)")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    parser.set_defaults(handler=_run)


def _add_list(parser: argparse.ArgumentParser) -> None:
    _add_selection(parser)
    parser.set_defaults(handler=_list)


def _add_builds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="root of the suite (default: here)")
    parser.set_defaults(handler=_builds)


def _add_schema(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--suite", dest="of", action="store_const", const="suite",
                       help="that of the file at the root of the suite instead")
    which.add_argument("--used", dest="of", action="store_const", const="used",
                       help="that of a file whose steps others use instead")
    parser.add_argument("test", metavar="TEST", nargs="?",
                        help="with the steps of this test's own, of its steps.py")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="root of the suite (default: here)")
    parser.set_defaults(handler=_schema, of="test")


# Each handler imports its command when it is called: `list` needs no Twisted.

def _run(options: argparse.Namespace) -> ExitCode:
    from callgate.cli import run

    return run.run(options)


def _list(options: argparse.Namespace) -> ExitCode:
    from callgate.cli import list as list_command
    from callgate.scenario.steps import STEPS
    from callgate.suite.load import load_suite

    suite = load_suite(options.root, options.selectors, options.keyword, STEPS, sought=False)
    with _readable():
        list_command.run(suite, sys.stdout.write, verbose=options.verbose)
    return ExitCode.PASSED


def _schema(options: argparse.Namespace) -> ExitCode:
    from callgate.cli import schema
    from callgate.scenario.steps import STEPS
    from callgate.suite.load import load_steps

    if options.of == "suite" and options.test:
        raise UsageError("the suite's file has no steps: name no test with --suite")
    steps = load_steps(options.root, options.test, STEPS) if options.test else STEPS
    with _readable():
        schema.run(steps, sys.stdout.write, options.of)
    return ExitCode.PASSED


def _builds(options: argparse.Namespace) -> ExitCode:
    from callgate.asterisk.settings import BuildSettings
    from callgate.cli import builds
    from callgate.suite.load import load_settings

    settings = BuildSettings(os.environ, remotes=load_settings(options.root).builds)
    with _readable():
        builds.run(settings, sys.stdout.write)
    return ExitCode.PASSED
