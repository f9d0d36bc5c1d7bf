"""What OKX says with its rarer codes is known, by the number and by the words alone."""

import re
from collections import Counter
from typing import Any

import pytest

from okx_guide import facts
from okx_guide.explain import causes, explain
from okx_guide.explain import engine as read
from okx_guide.explain.clues import load_clues
from okx_guide.explain.messages import find_message, load_messages
from tests.explain.messages import NUMBERS, WORDS


def test_a_code_has_a_fact_of_its_own_or_a_text() -> None:
    assert facts.load("errors").keys() & facts.texts().keys() == set()
    assert [code for code in facts.texts() if not re.fullmatch(r"\d{4,5}", code)] == []
    assert [code for code, text in facts.texts().items() if text != " ".join(text.split())] == []


def test_a_text_is_kept_once() -> None:
    written = [text for fact in facts.rows("texts") for text in fact.value.values()]
    codes = [code for fact in facts.rows("texts") for code in " ".join(fact.value).split()]
    assert [text for text, count in Counter(written).items() if count > 1] == []
    assert sorted(set(codes)) == sorted(codes)


def test_a_code_belongs_to_one_family_or_has_causes_of_its_own() -> None:
    families = [code for row in facts.causes()["families"] for code in row["codes"].split()]
    assert [code for code, count in Counter(families).items() if count > 1] == []
    assert set(families) & facts.causes()["codes"].keys() == set()
    assert facts.texts().keys() - set(families) == set()
    assert set(families) - load_messages().keys() == set()


def test_every_rarer_code_is_explained_with_the_words_of_okx() -> None:
    silent = [
        code
        for code, text in facts.texts().items()
        if f"“{text}”" not in causes.load_catalogue()[code][0][0].cause
    ]
    shared = {
        "The key works; the balance of this account and environment is too low.",
        "This WebSocket address does not serve the channel or the operation.",
        "The reading loop of the client waits for something else.",
    }
    assert {causes.load_catalogue()[code][0][0].cause for code in silent} == shared


@pytest.mark.parametrize(("text", "codes"), NUMBERS)
def test_a_number_is_a_rare_code_only_where_one_can_stand(text: str, codes: list[str]) -> None:
    assert list(explain(text).codes) == codes


def test_without_its_guard_a_price_would_be_a_rare_code(monkeypatch: pytest.MonkeyPatch) -> None:
    open_clues: dict[str, Any] = {**load_clues(), "stated": r"(\d{5})"}
    monkeypatch.setattr(read, "load_clues", lambda: open_clues)
    wrong = [text for text, codes in NUMBERS if list(explain(text).codes) != codes]
    assert "bought in the morning, 51250 now" in wrong


@pytest.mark.parametrize(("text", "code"), WORDS)
def test_words_alone_name_the_code(text: str, code: str) -> None:
    assert find_message(text.lower()) == code
    assert explain(text).codes == ((code,) if code else ())


def test_every_message_is_known_by_its_words_whatever_okx_filled_in() -> None:
    others = {}
    for code, messages in facts.texts().items():
        text = re.sub(r"\{[^}]*\}", "BTC-USDT-SWAP 12.5", messages.split(" / ")[0])
        # Two codes may begin with the same words: then the lower one is named.
        named = find_message(f"refused: {text.lower()}")
        if named and load_messages()[named].split()[:4] != messages.split()[:4]:
            others[code] = named
    # "The payment method is not supported" holds "Payment method is not supported".
    assert others == {"51821": "58401"}


def test_what_okx_fills_in_may_not_be_a_page_long() -> None:
    near = "you have {} open orders. cancel these orders and try again"
    assert find_message(near.format("btc-usdt")) == "51162"
    assert find_message(near.format("x" * 200)) == ""


def test_the_last_of_two_messages_counts() -> None:
    first = "closefraction is only available for reduceonly orders"
    last = "prices cannot be specified for stop market orders"
    assert find_message(f"{first}. {last}") == "51276"
    assert find_message(f"{last}. {first}") == "51328"
