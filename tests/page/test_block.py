"""One block: what it prints, how it fails, and what it is compared with."""

import pytest

from scripts.page.block import LONGEST, Outcome, compare, is_same, judge, refuse_input, run


def run_quietly(source: str) -> Outcome:
    return run(source, "own.py", lambda _: None)


def test_a_block_prints_as_at_a_prompt() -> None:
    assert (
        run_quietly('"""A docstring is not a value."""\n1 + 1\nprint("a")\nNone').printed
        == "2\na\n"
    )


def test_what_is_printed_is_passed_on_piece_by_piece() -> None:
    pieces: list[str] = []

    outcome = run("for n in range(3_000):\n    print(n)", "own.py", pieces.append)

    assert "".join(pieces) == outcome.printed
    assert len(pieces) > 1


def test_each_block_has_a_namespace_of_its_own() -> None:
    run_quietly("x = 1")

    assert "NameError" in run_quietly("x").error
    assert run_quietly("__name__").printed == "'__main__'\n"


def test_a_traceback_has_the_readers_own_lines_only() -> None:
    source = "import json\n\n\ndef read():\n    return json.loads('{')\n\n\nread()"

    error = run_quietly(source).error

    assert error.startswith("Traceback (most recent call last):\n")
    assert 'File "own.py", line 8, in <module>\n    read()' in error
    assert "return json.loads('{')" in error
    assert "decoder.py" not in error
    assert "block.py" not in error


@pytest.mark.parametrize(
    ("source", "error", "advice"),
    [
        ("print(1", "SyntaxError: '(' was never closed", ""),
        ("    x = 1", "IndentationError", ""),
        ("1 / 0", "ZeroDivisionError: division by zero", ""),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("def f():\n    f()\nf()", "RecursionError", ""),
        ("import no_such_package", "ModuleNotFoundError", "For another package"),
        ('raise RuntimeError("can\'t start new thread")', "RuntimeError", "one thread"),
        ("import sys\nsys.exit()", "", "sys.exit()."),
        ("raise SystemExit('no')", "", "sys.exit('no')."),
        ("quit" + "(3)", "", "sys.exit(3)."),
    ],
)
def test_whatever_is_raised_is_said(source: str, error: str, advice: str) -> None:
    outcome = run_quietly(source)

    assert error in outcome.error
    assert (not error) == (not outcome.error)
    assert advice in outcome.advice
    assert (not advice) == (not outcome.advice)


def test_no_block_prints_without_end() -> None:
    source = "while True:\n    try:\n        print('x' * 1000)\n    except Exception:\n        pass"

    outcome = run_quietly(source)

    assert len(outcome.printed) == LONGEST
    assert outcome.advice.startswith("Stopped: the block printed more than 100,000 characters")


def test_nobody_answers() -> None:
    with pytest.raises(EOFError, match="nobody to ask"):
        refuse_input()


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("", "", True),
        ("1\n", "1\n", True),
        ("1\n", "1", False),
        ("1\n", "11\n", False),
        ("", "1\n", False),
        ("a ... b\n", "a x\ny b\n", True),
        ("...", "", True),
        ("a.c\n", "abc\n", False),
    ],
)
def test_shown_and_printed_are_compared(shown: str, printed: str, same: bool) -> None:
    assert is_same(shown, printed) is same
    assert judge(Outcome(printed), shown).is_same is same
    assert bool(judge(Outcome(printed), shown).difference) is not same


def test_only_the_lines_that_differ_are_named() -> None:
    assert compare("at ...Z\nsame\nold\n", "at 12Z\nsame\nnew\n") == "- old\n+ new\n"


def test_what_failed_is_not_compared() -> None:
    assert judge(Outcome("1\n", error="E"), "1\n").is_same is None
    assert judge(Outcome("1\n"), None).is_same is None
