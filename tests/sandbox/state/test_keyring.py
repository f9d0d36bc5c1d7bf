import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.keyring import CODE_SECONDS, Draft, Keyring
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key
from okx_guide.sandbox.state.store import Store

DAY = 86_400
DRAFT = Draft("bot1", "Practice-0nly", ("trade", "read_only"))


@pytest.fixture
def still_clock() -> Clock:
    return Clock(lambda: 1_700_000_000.0)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def ring(still_clock: Clock, store: Store) -> Keyring:
    return Keyring(still_clock, store)


def read_code(action: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as refused:
        action()
    return refused.value.code


# --- make -------------------------------------------------------------------------------


def test_a_new_key_has_the_shape_of_okxs_keys(ring: Keyring) -> None:
    key = ring.create(DRAFT)
    uuid4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(uuid4, key.api_key)
    assert re.fullmatch(r"[0-9A-F]{32}", key.secret_key)
    assert (key.label, key.passphrase) == ("bot1", "Practice-0nly")
    assert key.permissions == ("read_only", "trade")
    assert (key.created, ring.find_last_use(key)) == (1_700_000_000, None)
    assert ring.get(key.api_key) == key


def test_no_two_keys_are_alike(ring: Keyring) -> None:
    keys = [ring.create(replace(DRAFT, label=f"bot{number}")) for number in range(10)]
    assert len({key.api_key for key in keys}) == len({key.secret_key for key in keys}) == 10


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("51000", {"label": ""}),
        ("51000", {"label": "a" * 51}),
        ("51000", {"label": "two words"}),
        ("51000", {"label": "naïve"}),
        ("51000", {"label": "bot\n"}),
        ("51000", {"permissions": ()}),
        ("51000", {"permissions": ("read_only", "admin")}),
        ("51000", {"ips": ("localhost",)}),
        ("51000", {"ips": ("203.0.113.7/24",)}),
        ("59503", {"ips": tuple(f"203.0.113.{number}" for number in range(21))}),
        ("59504", {"account": "practice1", "permissions": ("withdraw",)}),
        ("59505", {"passphrase": ""}),
        ("59505", {"passphrase": "Short-1"}),
        ("59505", {"passphrase": "Long-1" + "x" * 27}),
        ("59505", {"passphrase": "no-capital-1"}),
        ("59505", {"passphrase": "NO-SMALL-1"}),
        ("59505", {"passphrase": "No-digit-here"}),
        ("59505", {"passphrase": "NoSpecial1"}),
        ("59505", {"passphrase": "With space-1"}),
        ("59505", {"passphrase": "Umläut-123"}),
    ],
)
def test_a_draft_that_breaks_a_rule_is_refused(ring: Keyring, code: str, changes: Any) -> None:
    draft = replace(DRAFT, **changes)
    assert code == read_code(lambda: ring.propose(draft)) == read_code(lambda: ring.create(draft))
    assert (list(ring), ring.list_pending()) == ([], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"label": "a" * 50},
        {"label": "BOT1"},
        {"passphrase": "Eight-1!"},
        {"passphrase": "Long-1" + "x" * 26},
        {"ips": tuple(f"203.0.113.{number}" for number in range(20))},
        {"ips": ("2001:db8::1", "203.0.113.0/24", "2001:db8::/32")},
        {"permissions": ("withdraw",)},
        {"account": "practice1"},
    ],
)
def test_a_draft_at_the_edge_of_a_rule_is_taken(ring: Keyring, changes: Any) -> None:
    assert ring.create(replace(DRAFT, **changes)) in list(ring)


def test_addresses_are_kept_once_and_short(ring: Keyring) -> None:
    key = ring.create(replace(DRAFT, ips=("203.0.113.7/32", "203.0.113.7", "2001:DB8::0:1")))
    assert key.ips == ("203.0.113.7", "2001:db8::1")


def test_a_name_is_used_once_per_account_site_and_world(ring: Keyring) -> None:
    ring.create(DRAFT)
    assert read_code(lambda: ring.create(DRAFT)) == "59502"
    for changes in ({"account": "practice1"}, {"site": "eea"}, {"demo": True}, {"label": "Bot1"}):
        ring.create(replace(DRAFT, **changes))
    assert len(ring) == 5


def test_an_account_has_fifty_keys_at_most(ring: Keyring) -> None:
    keys = [ring.create(replace(DRAFT, label=f"bot{number}")) for number in range(50)]
    another = replace(DRAFT, label="another")
    assert read_code(lambda: ring.create(another)) == "59501"
    assert ring.create(replace(another, account="practice1")).account == "practice1"
    ring.delete(keys[7].api_key)
    assert ring.create(another).label == "another"


# --- the security verification ----------------------------------------------------------


def test_a_draft_is_no_key_until_its_code_is_given(ring: Keyring) -> None:
    pending = ring.propose(DRAFT)
    assert re.fullmatch(r"\d{6}", pending.code)
    assert (list(ring), ring.list_pending()) == ([], [pending])
    key = ring.verify(pending.id, f" {pending.code}\n")
    assert (list(ring), ring.list_pending()) == ([key], [])


def test_a_code_works_once(ring: Keyring) -> None:
    pending = ring.propose(DRAFT)
    ring.verify(pending.id, pending.code)
    with pytest.raises(KeyError):
        ring.verify(pending.id, pending.code)


def test_after_five_wrong_codes_the_draft_is_gone(ring: Keyring) -> None:
    pending = ring.propose(DRAFT)
    for wrong in ("", "12345", "ünïcode", pending.code + "0"):
        assert ring.verify(pending.id, wrong) is None
    assert [waiting.tries for waiting in ring.list_pending()] == [4]
    assert ring.verify(pending.id, "x") is None
    with pytest.raises(KeyError):
        ring.verify(pending.id, pending.code)


def test_a_code_is_good_for_ten_minutes(ring: Keyring, still_clock: Clock) -> None:
    pending = ring.propose(DRAFT)
    still_clock.advance(CODE_SECONDS)
    assert ring.list_pending() == [pending]
    still_clock.advance(1)
    assert ring.list_pending() == []


def test_two_drafts_of_one_name_make_one_key(ring: Keyring) -> None:
    first, second = ring.propose(DRAFT), ring.propose(DRAFT)
    ring.verify(first.id, first.code)
    assert read_code(lambda: ring.verify(second.id, second.code)) == "59502"


# --- change -----------------------------------------------------------------------------


def test_an_edit_counts_at_once_and_keeps_the_secret(ring: Keyring) -> None:
    key = ring.create(DRAFT)
    changed = ring.edit(key, label="renamed", permissions=("read_only",), ips=("::1",))
    assert ring.get(key.api_key) is changed
    expected = replace(key, label="renamed", permissions=("read_only",), ips=("::1",))
    assert expected == changed


def test_an_edit_changes_only_what_is_given(ring: Keyring) -> None:
    key = ring.create(replace(DRAFT, ips=("::1",)))
    assert ring.edit(key) == key
    assert ring.edit(key, label=key.label) == key
    assert ring.edit(key, ips=()) == replace(key, ips=())


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("59502", {"label": "other"}),
        ("51000", {"label": "x y"}),
        ("51000", {"permissions": ()}),
        ("59504", {"permissions": ("withdraw",)}),
        ("59503", {"ips": [f"203.0.113.{number}" for number in range(21)]}),
    ],
)
def test_an_edit_that_breaks_a_rule_changes_nothing(ring: Keyring, code: str, change: Any) -> None:
    key = ring.create(replace(DRAFT, account="practice1"))
    ring.create(replace(DRAFT, account="practice1", label="other"))
    assert code == read_code(lambda: ring.edit(key, **change))
    assert ring.get(key.api_key) == key


def test_who_watches_is_told_of_edits_and_deletions(ring: Keyring) -> None:
    events: list[str] = []
    ring.watchers.append(events.append)
    key = ring.create(DRAFT)
    assert events == []
    ring.freeze(ring.edit(key, label="renamed"))
    ring.delete(key.api_key)
    ring.delete(key.api_key)
    assert events == [key.api_key] * 3


# --- expire ------------------------------------------------------------------------------


def test_an_idle_key_lapses_after_fourteen_days(ring: Keyring, still_clock: Clock) -> None:
    key = ring.create(DRAFT)
    assert ring.find_expiry(key) == 1_700_000_000 + 14 * DAY
    still_clock.advance(14 * DAY - 1)
    assert ring.get(key.api_key) == key
    still_clock.advance(1)
    assert (ring.get(key.api_key), list(ring)) == (None, [])
    assert ring.has_expired(key.api_key)


def test_use_and_edits_put_the_lapse_off(ring: Keyring, still_clock: Clock) -> None:
    key = ring.create(DRAFT)
    for action in (lambda: ring.use(key), lambda: ring.edit(key, label="renamed")):
        still_clock.advance(13 * DAY)
        action()
    still_clock.advance(13 * DAY)
    assert ring.get(key.api_key)


@pytest.mark.parametrize(
    "changes", [{"ips": ("::1",)}, {"permissions": ("read_only",)}, {"demo": True}]
)
def test_some_keys_never_lapse(ring: Keyring, still_clock: Clock, changes: Any) -> None:
    key = ring.create(replace(DRAFT, **changes))
    assert ring.find_expiry(key) is None
    still_clock.advance(1000 * DAY)
    assert ring.get(key.api_key) == key


@pytest.mark.parametrize("permissions", [("trade",), ("withdraw",), ("read_only", "withdraw")])
def test_every_unbound_key_that_may_more_than_read_lapses(
    ring: Keyring, still_clock: Clock, permissions: Any
) -> None:
    key = ring.create(replace(DRAFT, permissions=permissions))
    still_clock.advance(14 * DAY)
    assert ring.get(key.api_key) is None


def test_a_key_that_is_unbound_starts_its_fourteen_days_then(
    ring: Keyring, still_clock: Clock
) -> None:
    key = ring.create(replace(DRAFT, ips=("::1",)))
    still_clock.advance(100 * DAY)
    unbound = ring.edit(key, ips=())
    assert ring.find_expiry(unbound) == still_clock.now() + 14 * DAY


def test_the_name_of_a_lapsed_key_is_free_again(ring: Keyring, still_clock: Clock) -> None:
    ring.create(DRAFT)
    still_clock.advance(14 * DAY)
    assert ring.create(DRAFT) in list(ring)


# --- keep -------------------------------------------------------------------------------


def reopen(still_clock: Clock, store: Store) -> Keyring:
    return Keyring(still_clock, store)


def test_a_new_ring_on_the_same_store_is_the_same(
    ring: Keyring, still_clock: Clock, store: Store
) -> None:
    bound = ring.create(replace(DRAFT, ips=("203.0.113.0/24",)))
    still_clock.advance(1)
    used = ring.create(replace(DRAFT, label="used"))
    still_clock.advance(DAY)
    ring.use(used)
    waiting = ring.propose(replace(DRAFT, label="waiting"))
    ring.verify(waiting.id, "wrong")
    reopened = reopen(still_clock, store)
    assert list(reopened) == [bound, used]
    assert reopened.find_expiry(used) == ring.find_expiry(used)
    assert reopened.list_pending() == ring.list_pending()


def test_what_was_deleted_or_lapsed_stays_so(
    ring: Keyring, still_clock: Clock, store: Store
) -> None:
    expired = ring.create(DRAFT)
    still_clock.advance(14 * DAY)
    assert ring.get(expired.api_key) is None
    deleted = ring.create(DRAFT)
    ring.delete(deleted.api_key)
    reopened = reopen(still_clock, store)
    assert list(reopened) == []
    assert (reopened.has_expired(expired.api_key), reopened.has_expired(deleted.api_key)) == (
        True,
        False,
    )


def test_nothing_shows_a_secret_by_accident(ring: Keyring) -> None:
    pending = ring.propose(DRAFT)
    key = ring.create(DRAFT)
    shown = repr((DRAFT, pending, key, PRACTICE_KEY))
    for secret in (key.secret_key, key.passphrase, pending.code, PRACTICE_KEY.secret_key):
        assert secret not in shown


def test_a_row_of_a_key_is_the_key(ring: Keyring) -> None:
    key = ring.freeze(ring.create(replace(DRAFT, ips=("::1", "203.0.113.0/24"))))
    assert Key.from_row(key.api_key, json.loads(json.dumps(key.to_row()))) == key
