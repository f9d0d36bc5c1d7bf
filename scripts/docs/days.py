"""Parse days from the command line, and format them for pages."""

import argparse
from datetime import date

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def parse_day(text: str) -> date:
    """Return the day of an argument such as `--on 2026-11-27`.

    Raises:
        argparse.ArgumentTypeError: It is not a day.

    Examples:
        >>> parse_day("2026-11-27")
        datetime.date(2026, 11, 27)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a day: write it as 2026-11-27."
        ) from None


def add_day_option(parser: argparse.ArgumentParser, today: date) -> None:
    """Add `--on`, the day for which a program answers; today if it is not given."""
    parser.add_argument(
        "--on",
        type=parse_day,
        default=today,
        metavar="DAY",
        help="for which day, as 2026-11-27; today if it is not given",
    )


def spell(day: date) -> str:
    """Return a day in words, the same in every locale.

    Examples:
        >>> spell(date(2026, 8, 22))
        '22 August 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def mark(day: date) -> str:
    """Return a day for a page: with a machine-readable attribute, and without line breaks.

    Examples:
        >>> mark(date(2026, 8, 22))
        '<time datetime="2026-08-22">22 August 2026</time>'
    """
    return f'<time datetime="{day}">{spell(day)}</time>'
