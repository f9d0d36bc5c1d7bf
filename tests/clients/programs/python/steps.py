"""What the programs beside this one share."""

import json
from collections.abc import Callable
from typing import Any


def show(step: str, run: Callable[[], Any]) -> Any:
    """Run a step and print what it saw, or the error, as one line of JSON."""
    try:
        value = run()
    except Exception as error:  # noqa: BLE001  # the line is what the test reads
        print(json.dumps({"step": step, "error": f"{type(error).__name__}: {error}"}))
        return None
    print(json.dumps({"step": step, "value": str(value)}), flush=True)
    return value
