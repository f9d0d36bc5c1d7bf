"""The practice exchange bears nonsense. `make fuzz` sends ten times as much."""

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from okx_guide.sandbox.rest import app as rest
from okx_guide.sandbox.websocket.connection import Connection
from okx_guide.sandbox.websocket.uvicorn_protocol import Frames
from scripts.load import fuzz
from scripts.load.fuzz import Figures, run
from tests.support.sandbox_process import STATM, start_sandbox_process

pytestmark = pytest.mark.skipif(
    not STATM.exists(), reason="the memory of a process is read from /proc"
)


def test_nonsense_of_every_kind_is_answered_and_leaves_no_memory_behind(
    figures: list[str],
) -> None:
    result = run(5_000)
    figures.append(str(result))
    assert result.find_gaps() == []
    # A leak of 500 bytes in a request would show.
    assert result.end - result.warm < 2.5


def test_over_tls_and_with_a_state_file_nonsense_is_answered_as_well(figures: list[str]) -> None:
    result = run(2_000, stored=True, tls=True)
    figures.append(f"over TLS and stored, {result}")
    assert result.find_gaps() == []


def replace_method(owner: type, name: str, method: Callable[..., object]) -> None:
    """Plant a fault for the rest of this process: it is a child that ends with its test."""
    setattr(owner, name, method)


def stumble() -> None:
    """A fault of the application, such as one over an argument that nobody expected."""

    def subscribe(connection: Connection, args: object) -> None:
        raise KeyError("planted")

    replace_method(Connection, "_subscribe", subscribe)


def print_something() -> None:
    """A fault that is only printed."""
    complete = Frames.connection_lost

    def connection_lost(frames: Frames, exc: Exception | None) -> None:
        logging.getLogger("uvicorn.error").error("planted")
        complete(frames, exc)

    replace_method(Frames, "connection_lost", connection_lost)


def drop() -> None:
    """Frames are taken from the wire, and nobody hears of them."""
    replace_method(Frames, "send_receive_event_to_app", lambda _: None)


def leak() -> None:
    """Each answer leaves something behind."""
    complete = rest.Api._respond  # noqa: SLF001  # the fault is planted inside
    left: list[bytearray] = []

    def respond(*args: Any) -> Any:
        left.append(bytearray(200_000))
        return complete(*args)

    replace_method(rest.Api, "_respond", respond)


@pytest.mark.parametrize(
    ("plant", "gap"),
    [
        (leak, "memory grew from"),
        (stumble, "the server printed: ERROR:    Exception in ASGI application"),
        (print_something, "the server printed: ERROR:    planted"),
    ],
)
def test_a_fault_that_is_planted_is_found(plant: Callable[[], None], gap: str) -> None:
    try:
        gaps = run(600, plant=plant, tls=plant is print_something).find_gaps()
    except AssertionError as error:  # it was found before the end
        gaps = [str(error)]
    assert [line for line in gaps if line.startswith((gap, "the last message was not"))], gaps


def test_a_server_that_hears_no_frame_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "SECONDS", 1)  # it would be waited for in vain
    with pytest.raises((AssertionError, TimeoutError)):
        run(600, plant=drop)


def test_a_run_in_which_nothing_came_back_is_no_success() -> None:
    assert len(Figures(requests=10_000).find_gaps()) > 7


def test_a_case_of_the_corpus_with_another_answer_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "corpus.json"
    cases = json.loads(fuzz.CORPUS.read_text(encoding="utf-8"))
    monkeypatch.setattr(fuzz, "CORPUS", changed)
    with start_sandbox_process() as exchange:
        for case in cases:
            changed.write_text(json.dumps([case | {"answer": "none"}]), encoding="utf-8")
            with pytest.raises(AssertionError, match=re.escape(case["why"])):
                fuzz.send_corpus(exchange)


def test_a_failure_says_how_to_send_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(number: int, *, seed: int, tls: bool) -> Figures:
        raise AssertionError("planted")

    monkeypatch.setattr(fuzz, "run", fail)
    result = CliRunner().invoke(fuzz.main, ["700", "12"])
    assert result.exit_code == 1
    assert "AssertionError: planted" in result.output
    assert "make fuzz NUMBER=700 SEED=12" in result.output
