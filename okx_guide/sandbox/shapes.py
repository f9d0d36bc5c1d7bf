"""The documented parameters and answer fields of each endpoint.

The data is in `shapes.json` beside this file, with its source.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, Row, is_empty

# A hint is a header, so it names only a few.
_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of an object: what stands for nothing, and those that are objects again."""

    blank: Row
    nested: Mapping[str, "_Fields"]

    def fill(self, row: Row) -> Row:
        filled = self.blank | row
        for name, fields in self.nested.items():
            value = filled[name]
            if isinstance(value, list):
                filled[name] = [fields.fill(item) for item in value]
            else:
                filled[name] = fields.fill(value)
        return filled


@dataclass(frozen=True, slots=True)
class Shape:
    """One endpoint as OKX documents it.

    Attributes:
        row: Each field of a row of the answer, with the value that stands for nothing: empty
            text, False, 0, an empty list. A list with one row in it says what its rows have.
            A list of texts where the row itself is a list, as of a candle.
        params: Each parameter. None if it is done here; else the values that change nothing
            here, as text.
        fields: The row, ready to fill others; None where it is a list.
    """

    row: Any
    params: Mapping[str, tuple[str, ...] | None]
    fields: _Fields | None

    @property
    def refused_params(self) -> dict[str, tuple[str, ...]]:
        """The parameters that OKX documents, but that are not implemented here."""
        return {name: values for name, values in self.params.items() if values is not None}

    def read_params(self, params: Params) -> tuple[Row, str]:
        """Return the implemented parameters, and a hint that names those unknown to OKX.

        A parameter that OKX uses and this exchange does not is refused, not ignored.

        Raises:
            RefusedError: 51000, with the name of the parameter.
        """
        done: Row = {}
        unknown: list[str] = []
        for name, value in params.items():
            if name not in self.params:
                unknown.append(name[:32])
            elif (values := self.params[name]) is None:
                done[name] = value
            elif not is_empty(value):
                _check_value(name, value, values)
        return done, _write_hint(unknown)

    def fill_row(self, row: Row) -> Row:
        """Return a row with its missing fields added, each empty.

        Examples:
            >>> SHAPES["GET /api/v5/asset/balances"].fill_row({"ccy": "BTC"})
            {'ccy': 'BTC', 'bal': '', 'frozenBal': '', 'availBal': ''}
        """
        return self.fields.fill(row) if self.fields else row


def _write_hint(unknown: list[str]) -> str:
    if not unknown:
        return ""
    if "expTime" in unknown:
        return "expTime is ignored here: in REST it is a header of the request"
    named = ", ".join(unknown[:_NAMED_AT_MOST])
    return f"ignored, because OKX documents no such parameter of this endpoint: {named}"


def _check_value(name: str, value: Any, values: tuple[str, ...]) -> None:
    text = str(value).lower() if isinstance(value, bool) else value
    if text in values:
        return
    only = f"leave it out, or send {' or '.join(values)}" if values else "leave it out"
    raise RefusedError("51000", f"{name} is not done in this sandbox: {only}", name)


def _read_fields(template: Row) -> _Fields:
    blank, nested = dict(template), {}
    for name, value in template.items():
        if isinstance(value, dict):
            nested[name] = _read_fields(value)
            blank[name] = {}
        elif isinstance(value, list):
            blank[name] = []
            if value and isinstance(value[0], dict):
                nested[name] = _read_fields(value[0])
    return _Fields(blank, nested)


def _load() -> dict[str, Shape]:
    text = files("okx_guide.sandbox").joinpath("shapes.json").read_text(encoding="utf-8")
    endpoints: dict[str, Row] = json.loads(text)["endpoints"]
    shapes: dict[str, Shape] = {}
    for name, entry in endpoints.items():
        like = endpoints[entry["as"]] if "as" in entry else entry
        row = endpoints[like["row"]]["row"] if isinstance(like["row"], str) else like["row"]
        params = {
            param: None if values is None else tuple(values)
            for param, values in like["params"].items()
        }
        shapes[name] = Shape(row, params, _read_fields(row) if isinstance(row, dict) else None)
    return shapes


SHAPES = _load()
"""By the name of the endpoint, for example `GET /api/v5/public/time`."""
