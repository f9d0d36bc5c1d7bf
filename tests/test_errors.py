import pickle
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import OkxError
from okx_guide.errors import check
from tests.support.properties import examples

FIELDS = ["code", "msg", "data", "sCode", "sMsg"]
KEY = "37C541a1-0000-4000-8000-10fe7a038418"


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "0", "data": [], "msg": ""},
        {"code": 0, "data": [], "msg": ""},
        {"code": "0"},
        {"code": "0", "data": None},
        {"code": "0", "data": {"sCode": "51000"}},
        {"code": "0", "data": [{"sCode": "0", "sMsg": "Order placed"}, {"sCode": 0}, {}, "text"]},
    ],
)
def test_a_success_passes(answer: Any) -> None:
    check(200, answer)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("code", ["50113", 50113])
def test_a_code_other_than_0_is_an_error_with_any_status(code: Any, status: int) -> None:
    with pytest.raises(OkxError) as info:
        check(status, {"code": code, "msg": "Invalid signature."})
    error = info.value
    assert ("50113", "Invalid signature.", status, []) == (
        error.code,
        error.message,
        error.http_status,
        error.data,
    )


@pytest.mark.parametrize("code", ["0", "1", "2"])
@pytest.mark.parametrize("scode", ["51008", 51008])
def test_the_scode_of_an_item_takes_over(code: str, scode: Any) -> None:
    items = [{"sCode": "0", "sMsg": ""}, {"sCode": scode, "sMsg": "first"}, {"sCode": "51000"}]
    with pytest.raises(OkxError) as info:
        check(200, {"code": code, "msg": "All operations failed", "data": items})
    assert (info.value.code, info.value.message) == ("51008", "first")
    assert items == info.value.data


@pytest.mark.parametrize("answer", [None, [], [{"code": "0"}], "0", 0, True, {}, {"Code": "0"}])
def test_what_is_not_an_envelope_is_an_error_without_a_code(answer: Any) -> None:
    with pytest.raises(OkxError, match="is this the right host") as info:
        check(200, answer)
    assert info.value.code == ""


@examples(200)
@given(
    answer=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner),
        max_leaves=8,
    )
)
def test_any_json_is_a_success_or_an_okx_error(answer: Any) -> None:
    with suppress(OkxError):
        check(200, answer)
        assert str(answer["code"]) == "0"


@pytest.mark.parametrize("key", [KEY, KEY.lower(), KEY.upper()])
def test_an_api_key_in_a_message_is_masked_wherever_it_is_shown(key: str) -> None:
    error = OkxError("50110", f"Your IP 203.0.113.7 is not in the list of key {key}, {key}.", 401)
    masked = "Your IP 203.0.113.7 is not in the list of key <your API key>, <your API key>."
    assert masked == error.message
    shown = (str(error), repr(error), repr(error.args), pickle.dumps(error, protocol=0).decode())
    assert [text for text in shown if key.lower() in text.lower()] == []


def test_other_uuids_of_another_shape_stay() -> None:
    assert OkxError("1", "order 37c541a1-0000-4000", 200).message == "order 37c541a1-0000-4000"


def test_a_message_cannot_control_a_terminal_or_fill_it() -> None:
    error = OkxError("1", "a\x1b[31m\r\nb\u202e 账户", 400)
    assert error.message == "a [31m  b  账户"
    assert len(str(OkxError("1", "x" * 1_000_000, 400))) < 1_200
    assert OkxError("1", "x" * 1000, 400).message == "x" * 1000
    assert OkxError("1", "x" * 1001, 400).message == "x" * 1000 + "…"


def test_an_error_says_what_to_do_next() -> None:
    error = OkxError("50102", "Timestamp request expired.", 401)
    assert error.fix == "Compare your clock with GET /api/v5/public/time."
    expected = f"50102 Timestamp request expired. (HTTP 401) Next: {error.fix}"
    assert expected == str(error)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [("99999", "Unheard of.", "99999 Unheard of. (HTTP 418)"), ("", "No.", "No. (HTTP 418)")],
)
def test_an_unknown_code_is_shown_without_advice(code: str, message: str, expected: str) -> None:
    assert expected == str(OkxError(code, message, 418))


@pytest.mark.parametrize(
    "answer",
    [{"code": "99999", "msg": "No."}, {"code": "1", "data": [{"sCode": "99999", "sMsg": "No."}]}],
)
def test_the_hint_of_the_practice_exchange_is_kept_apart(answer: Any) -> None:
    with pytest.raises(OkxError) as info:
        check(401, answer, "the header is missing")
    assert info.value.hint == "the header is missing"
    expected = "99999 No. (HTTP 401) The practice exchange adds: the header is missing"
    assert expected == str(info.value)


def test_an_error_survives_a_trip_to_another_process() -> None:
    error = OkxError("51008", "Insufficient balance", 200, [{"sCode": "51008"}], "a hint")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (error.args, vars(error), str(error)) == (copy.args, vars(copy), str(copy))


def test_errors_do_not_share_their_data() -> None:
    first, second = OkxError("1", "", 200), OkxError("1", "", 200)
    first.data.append("mine")
    assert second.data == []
