import pytest

from okx_guide.sandbox.state.faults import _WAITING_AT_MOST, Faults

BALANCE = "GET /api/v5/account/balance"
ORDER = "POST /api/v5/trade/order"


def take_code(faults: Faults, endpoint: str) -> str:
    refused = faults.take(endpoint)
    return refused.code if refused else ""


def test_an_ordered_refusal_comes_once_for_any_endpoint() -> None:
    faults = Faults()
    faults.order("50026")
    assert [take_code(faults, BALANCE) for _ in range(2)] == ["50026", ""]


def test_refusals_come_in_the_order_in_which_they_were_ordered() -> None:
    faults = Faults()
    faults.order("50026", times=2)
    faults.order("50011")
    assert [take_code(faults, BALANCE) for _ in range(4)] == ["50026", "50026", "50011", ""]


def test_a_refusal_of_one_endpoint_waits_for_it() -> None:
    faults = Faults()
    faults.order("51008", endpoint=ORDER)
    faults.order("50026")
    assert [take_code(faults, BALANCE) for _ in range(2)] == ["50026", ""]
    assert [take_code(faults, ORDER) for _ in range(2)] == ["51008", ""]


def test_a_refusal_says_that_it_was_ordered() -> None:
    faults = Faults()
    faults.order("50026")
    refused = faults.take(BALANCE)
    assert refused
    assert refused.http_status == 500
    assert "ordered" in refused.hint


@pytest.mark.parametrize("code", ["0", "60009", "4001", "99999", "", "50026 ", "None"])
def test_only_refusals_of_rest_can_be_ordered(code: str) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match="REST error codes"):
        faults.order(code)
    assert faults.take(BALANCE) is None


def test_only_so_many_wait() -> None:
    faults = Faults()
    for times in (0, -1, _WAITING_AT_MOST + 1):
        with pytest.raises(ValueError, match="times"):
            faults.order("50026", times=times)
    faults.order("50026", times=_WAITING_AT_MOST)
    with pytest.raises(ValueError, match=str(_WAITING_AT_MOST)):
        faults.order("50026")
    assert take_code(faults, BALANCE) == "50026"
    faults.order("50011")


def test_they_can_be_forgotten() -> None:
    faults = Faults()
    faults.order("50026", times=3)
    faults.clear()
    assert faults.take(BALANCE) is None
