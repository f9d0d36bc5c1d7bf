import math
from itertools import count

import pytest

from okx_guide.sandbox.state.clock import Clock
from tests.support.raw_http import NOW


class Machine:
    """A machine's clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> Clock:
    return Clock(machine)


def test_a_new_clock_is_the_machines(clock: Clock, machine: Machine) -> None:
    machine.now += 5
    assert (clock.now(), clock.skew, clock.frozen) == (1_700_000_005, 0, False)


def test_an_advanced_clock_runs_on(clock: Clock, machine: Machine) -> None:
    clock.advance(60)
    machine.now += 5
    assert (clock.now(), clock.skew) == (1_700_000_065, 60)


def test_a_clock_can_be_set_back(clock: Clock) -> None:
    clock.advance(60)
    clock.advance(-90)
    assert clock.now() == 1_699_999_970


def test_a_skew_is_set_and_not_added(clock: Clock) -> None:
    clock.set_skew(-45)
    clock.set_skew(-45)
    assert clock.skew == -45
    clock.set_skew(0)
    assert clock.now() == 1_700_000_000


def test_a_clock_is_set_by_one_look_at_the_machines() -> None:
    jumping = Clock(count(1_700_000_000.0, 100.0).__next__)
    jumping.set_skew(-45)
    assert jumping.skew == -45
    jumping.unfreeze()
    assert jumping.skew == -45
    jumping.advance(5)
    assert jumping.skew == -40
    jumping.restore(7)
    assert jumping.skew == 7


def test_a_frozen_clock_stands_until_it_is_released(clock: Clock, machine: Machine) -> None:
    clock.freeze()
    machine.now += 100
    assert (clock.now(), clock.skew, clock.frozen) == (1_700_000_000, -100, True)
    clock.unfreeze()
    machine.now += 1
    assert (clock.now(), clock.frozen) == (1_700_000_001, False)


def test_a_frozen_clock_can_be_turned_and_stays_frozen(clock: Clock, machine: Machine) -> None:
    clock.freeze()
    clock.advance(30)
    machine.now += 1
    assert (clock.now(), clock.frozen) == (1_700_000_030, True)
    clock.set_skew(10)
    assert clock.now() == 1_700_000_011


@pytest.mark.parametrize("seconds", [-1_700_000_001.0, 1e12, math.inf, -math.inf, math.nan])
def test_a_time_that_cannot_be_written_is_refused(clock: Clock, seconds: float) -> None:
    with pytest.raises(ValueError, match="before 1970 or after the year 9999"):
        clock.advance(seconds)
    with pytest.raises(ValueError, match="before 1970 or after the year 9999"):
        clock.set_skew(seconds)
    assert clock.now() == 1_700_000_000


@pytest.mark.parametrize(
    ("skew", "frozen", "expected"),
    [
        (60.0, None, NOW + 60),
        (60.0, 5.0, 5.0),
        (1e12, None, 253_402_300_799.0),
        (-1e12, None, 0.0),
        (0.0, 1e12, 253_402_300_799.0),
    ],
)
def test_a_clock_is_restored_as_near_as_it_can_be_shown(
    skew: float, frozen: float | None, expected: float
) -> None:
    clock = Clock(lambda: NOW)
    clock.freeze()
    clock.restore(skew, frozen)
    assert (clock.now(), clock.frozen) == (expected, frozen is not None)
