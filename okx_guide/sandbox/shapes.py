"""The documented parameters and answer fields of each endpoint.

The data is in `shapes.json` beside this file, with its source.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from json.encoder import encode_basestring_ascii as quote
from typing import Any

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, Row, is_empty

encode = json.JSONEncoder(separators=(",", ":")).encode
"""Return a value as JSON, without spaces, as OKX writes it."""

# A hint is a header: it names a few of what may be many.
_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of an object, and those of them that are objects again.

    Attributes:
        blank: What a field is if nothing is known of it.
        texts: The same, each with its name, as JSON.
        nested: The fields of the objects in it.
    """

    blank: Row
    texts: Mapping[str, str]
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

    def write(self, row: Row) -> str:
        # Most fields of most answers are blank: their text is ready.
        texts = dict(self.texts)
        for name, value in row.items():
            text = quote(value) if isinstance(value, str) else self._write(name, value)
            texts[name] = f'"{name}":{text}'
        return f"{{{','.join(texts.values())}}}"

    def _write(self, name: str, value: Any) -> str:
        fields = self.nested.get(name)
        if fields is None:
            return encode(value)
        if isinstance(value, list):
            return f"[{','.join(map(fields.write, value))}]"
        return fields.write(value)


@dataclass(frozen=True, slots=True)
class Shape:
    """One endpoint as OKX documents it.

    Attributes:
        row: Each field of a row of the answer, with the value that stands for nothing: empty
            text, False, 0, an empty list. A list with one row in it says what its rows have.
            A list of texts where the row itself is a list, as of a candle.
        params: Each parameter. None if it is done here; else the values that change nothing
            here, as text.
        fields: The row, ready to fill and to write others; None where it is a list.
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
        row: Row = {}
        unknown: list[str] = []
        for name, value in params.items():
            if name not in self.params:
                unknown.append(name[:32])
            elif (values := self.params[name]) is None:
                row[name] = value
            elif not is_empty(value):
                _check_value(name, value, values)
        return row, _write_hint(unknown)

    def fill_row(self, row: Row) -> Row:
        """Return a row with its missing fields added, each empty.

        Examples:
            >>> SHAPES["GET /api/v5/asset/balances"].fill_row({"ccy": "BTC"})
            {'ccy': 'BTC', 'bal': '', 'frozenBal': '', 'availBal': ''}
        """
        return self.fields.fill(row) if self.fields else row

    def write_row(self, row: Any) -> str:
        """Return a row as JSON, with the fields that it lacks.

        Examples:
            >>> SHAPES["GET /api/v5/asset/balances"].write_row({"ccy": "BTC"})
            '{"ccy":"BTC","bal":"","frozenBal":"","availBal":""}'
        """
        return self.fields.write(row) if self.fields else encode(row)


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


def _read_fields(template: Row, always: Row) -> _Fields:
    blank, nested = dict(template), {}
    for name, value in template.items():
        if isinstance(value, dict):
            nested[name] = _read_fields(value, always.get(name, {}))
            blank[name] = {}
        elif isinstance(value, list):
            blank[name] = []
            if value and isinstance(value[0], dict):
                nested[name] = _read_fields(value[0], always.get(name, {}))
    blank |= {name: value for name, value in always.items() if name not in nested}
    # An object that is missing has the fields of one that is blank.
    texts = {
        name: nested[name].write({}) if name in nested and value == {} else encode(value)
        for name, value in blank.items()
    }
    return _Fields(blank, {name: f'"{name}":{text}' for name, text in texts.items()}, nested)


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
        fields = _read_fields(row, like.get("always", {})) if isinstance(row, dict) else None
        shapes[name] = Shape(row, params, fields)
    return shapes


SHAPES = _load()
"""By the name of the endpoint, for example `GET /api/v5/public/time`."""
