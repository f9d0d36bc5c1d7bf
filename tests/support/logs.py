"""What the server would print in its terminal."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

# uvicorn passes nothing on to the root logger, where pytest's caplog listens.
_LOGGERS = ("uvicorn", "uvicorn.error", "asyncio")


class _Handler(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def forbid_logs() -> Iterator[None]:
    """Fail if a server that runs already logs an error: a traceback would be a bug of ours.

    Raises:
        AssertionError: It has logged one.
    """
    handler = _Handler()
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(handler)
    # Another server that has stopped in this process has silenced it for all.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    try:
        yield
    finally:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(handler)
    # Once to the logger itself, once to the one above it.
    logged = {record.getMessage() for record in handler.records}
    assert logged == set(), [logging.Formatter().format(record) for record in handler.records]
