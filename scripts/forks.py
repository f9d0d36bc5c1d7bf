"""Run tests again and again from one process that has loaded everything: see `scripts.mutants`.

It runs where the project is, and reads lines of JSON: the file that has changed, and the arguments
of pytest. It answers each with the exit status. Each run is a fork, so none sees what another has
changed.
"""

import json
import os
import signal
import sys

import pytest

LONGEST = 120
"""Seconds: a run that takes longer has failed."""


def load(arguments: list[str]) -> None:
    """Load what these tests need."""
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *arguments])


def forget(changed: str) -> None:
    """Forget what may have read a file, so that it is read anew.

    Args:
        changed: The file; the library itself knows nothing of the pages.
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
        sys.dont_write_bytecode = True  # an old one would hide a change
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *arguments])
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Answer line by line until there is none."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    load(sys.argv[1:])
    for line in sys.stdin:
        answers.write(f"{run(*json.loads(line))}\n")
        answers.flush()


if __name__ == "__main__":
    main()
