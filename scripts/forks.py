"""Run tests repeatedly from one process that has everything loaded: see `scripts.mutants`.

It runs in the folder of the project, and reads lines of JSON: the changed file, and the arguments
of pytest. It answers each with the exit status. Each run is a fork, so no run sees the changes of
another.
"""

import json
import os
import signal
import sys

import pytest

LONGEST = 600
"""Seconds: a run that takes longer has failed."""


def load(arguments: list[str]) -> None:
    """Import what these tests need."""
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *arguments])


def forget(changed: str) -> None:
    """Drop every module that may have read a file, so that it is read again.

    Args:
        changed: The file; the library itself does not read the pages.
    """
    rooms = {"conftest", "scripts", "tests", changed.partition("/")[0]}
    for name in [name for name in sys.modules if name.partition(".")[0] in rooms]:
        del sys.modules[name]


def run(changed: str, arguments: list[str]) -> int:
    """Run tests in a fork, and return its exit status; negative if it was killed."""
    child = os.fork()
    if child == 0:
        forget(changed)
        signal.alarm(LONGEST)
        sys.dont_write_bytecode = True  # An old one would hide a change.
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *arguments])
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Answer lines until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    load(sys.argv[1:])
    for line in sys.stdin:
        answers.write(f"{run(*json.loads(line))}\n")
        answers.flush()


if __name__ == "__main__":
    main()
