import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from okx_guide.signing import timestamp
from scripts.load.bench import FILE, render_row, write_json
from scripts.load.row import Ratio, Row, divide, time_in_turns
from scripts.load.site import ROOT, write_bare
from tests.support.raw_http import NOW, make_private_headers
from tests.support.sandbox_process import check_signature

ROW = Row("one", "other", Ratio(0.5, 0.25, 0.75), "at most 0.6", "1 us")


def test_a_row_is_one_line() -> None:
    assert render_row(ROW) == "one | other | 0.50 (0.25 to 0.75) | at most 0.6 | 1 us"
    assert render_row(Row("login", "")) == "login |  |  |  | "


def test_the_file_has_day_machine_versions_and_rows() -> None:
    written = json.loads(write_json([ROW], datetime(2026, 11, 27, tzinfo=UTC)))

    assert (written["day"], written["rows"][0]["ratio"]["median"]) == ("2026-11-27", 0.5)
    assert {"machine", "versions"} < written.keys()
    assert written.keys() == json.loads(FILE.read_text(encoding="utf-8")).keys()


@pytest.mark.parametrize(
    ("late", "path", "accepted"),
    [(0, "/api", True), (31, "/api", False), (-31, "/api", False), (0, "/other", False)],
)
def test_the_limit_checks_signature_and_age(late: int, path: str, accepted: bool) -> None:
    answered: list[str] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        answered.append(scope["raw_path"].decode())

    signed = make_private_headers(target="/api", at=timestamp(NOW - late))
    scope = {
        "method": "GET",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in signed.items()],
    }
    try:
        asyncio.run(check_signature(answer)(scope, None, None))  # type: ignore[arg-type]  # neither is asked
    except PermissionError:
        assert not accepted
    assert answered == ["/api"] * accepted


def test_two_calls_take_turns() -> None:
    calls: list[str] = []

    seconds = time_in_turns([lambda: calls.append("a"), lambda: calls.append("b")], 2, 3)

    assert "".join(calls) == "aaabbbaaabbb"
    assert [len(times) for times in seconds] == [2, 2]


def test_a_ratio_is_of_the_same_round() -> None:
    assert divide([1, 2, 9], [2, 2, 3]) == Ratio(1.0, 0.5, 3.0)


def test_bare_material_has_the_same_pages_and_nothing_of_ours() -> None:
    def read_default(loader: Any, node: Any) -> Any:
        return loader.construct_sequence(node)[-1]

    class Loader(yaml.SafeLoader):
        """Takes !ENV for what it is: a list whose last item counts."""

    Loader.add_constructor("!ENV", read_default)
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    whole, bare = (yaml.load(text, Loader) for text in (config, write_bare(config)))  # noqa: S506  # safe

    assert whole["nav"] == bare["nav"]
    assert whole["markdown_extensions"] == bare["markdown_extensions"]
    assert (bare["plugins"], bare.get("hooks")) == (["search"], None)
    assert bare["theme"]["custom_dir"] == "."
