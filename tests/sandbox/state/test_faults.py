import pytest

from okx_guide.sandbox.network import NETWORK_FAULTS
from okx_guide.sandbox.state.faults import _WAITING_AT_MOST, TEMPORARY, Faults

BALANCE = "GET /api/v5/account/balance"
ORDER = "POST /api/v5/trade/order"


def test_an_ordered_fault_comes_once_for_any_endpoint() -> None:
    for fault in ("50026", *NETWORK_FAULTS):
        faults = Faults()
        faults.order(fault)
        assert [faults.take(BALANCE) for _ in range(2)] == [fault, ""]


def test_faults_come_in_the_order_in_which_they_were_ordered() -> None:
    faults = Faults()
    faults.order("50026", times=2)
    faults.order("lost")
    assert [faults.take(BALANCE) for _ in range(4)] == ["50026", "50026", "lost", ""]


def test_a_fault_of_one_endpoint_waits_for_it() -> None:
    faults = Faults()
    faults.order("51008", endpoint=ORDER)
    faults.order("50026")
    assert [faults.take(BALANCE) for _ in range(2)] == ["50026", ""]
    assert [faults.take(ORDER) for _ in range(2)] == ["51008", ""]


@pytest.mark.parametrize("fault", ["0", "60009", "4001", "99999", "", "50026 ", "None", "LOST"])
def test_only_faults_that_exist_can_be_ordered(fault: str) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match="REST error codes"):
        faults.order(fault)
    if fault:
        with pytest.raises(ValueError, match="REST error codes"):
            faults.order_randomly(1, seed=0, fault=fault)
    assert faults.take(BALANCE) == ""


def test_only_so_many_wait() -> None:
    faults = Faults()
    for times in (0, -1, _WAITING_AT_MOST + 1):
        with pytest.raises(ValueError, match="times"):
            faults.order("50026", times=times)
    faults.order("50026", times=_WAITING_AT_MOST)
    with pytest.raises(ValueError, match=str(_WAITING_AT_MOST)):
        faults.order("50026")
    assert faults.take(BALANCE) == "50026"
    faults.order("50011")


def take_many(faults: Faults, endpoint: str = BALANCE) -> list[str]:
    return [faults.take(endpoint) for _ in range(1000)]


def make_series(chance: float, seed: int, fault: str = "") -> list[str]:
    faults = Faults()
    faults.order_randomly(chance, seed=seed, fault=fault)
    return take_many(faults)


def test_the_same_seed_hits_the_same_requests() -> None:
    assert make_series(0.2, 7) == make_series(0.2, 7)
    assert make_series(0.2, 7) != make_series(0.2, 8)
    # The same on every machine, so that a report of a failure can be repeated elsewhere.
    expected = ["", "", "", "50011", "50011", "50001", "", "50004", "", "", "", "", "50001"]
    assert make_series(0.2, 7)[: len(expected)] == expected


def test_of_many_requests_about_as_many_are_hit_as_was_asked_for() -> None:
    hit = [fault for fault in make_series(0.2, 7) if fault]
    assert 150 < len(hit) < 250
    assert set(hit) == set(TEMPORARY)
    assert set(make_series(1, 7)) == set(TEMPORARY)
    assert set(make_series(0, 7)) == {""}
    assert set(make_series(0.5, 7, "lost")) == {"", "lost"}


def test_what_is_hit_does_not_depend_on_the_kind_of_fault() -> None:
    hit = [[bool(fault) for fault in make_series(0.2, 7, kind)] for kind in ("", "lost", "50026")]
    assert hit[0] == hit[1] == hit[2]


def test_other_endpoints_do_not_change_the_series() -> None:
    faults = Faults()
    faults.order_randomly(0.2, seed=7, endpoint=ORDER)
    assert set(take_many(faults, BALANCE)) == {""}
    assert take_many(faults, ORDER) == make_series(0.2, 7)


@pytest.mark.parametrize("chance", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_chance_is_from_0_to_1(chance: float) -> None:
    with pytest.raises(ValueError, match="chance is a number from 0 to 1"):
        Faults().order_randomly(chance, seed=0)


def test_they_can_be_forgotten() -> None:
    faults = Faults()
    faults.order("50026", times=3)
    faults.order_randomly(1, seed=0)
    faults.clear()
    assert faults.take(BALANCE) == ""
