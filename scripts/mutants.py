"""Change one thing at a time, and check that a test notices: `make mutants`.

cosmic-ray's operators change the Python module; this file adds what no library covers:
the blocks and statements of the pages, the facts, the snippets and the vectors.
Each mutant is written into a copy of the project, and only the tests that should notice
are run there. A survivor is either a hole in the net or changes nothing; the latter are
listed in `HARMLESS`, each with its reason.
"""

import itertools
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cosmic_ray.mutating
import cosmic_ray.plugins

from scripts.docs.mentions import extract_prose
from tests.plugins.blocks import DOCS, ROOT, Fence, fences

WORKERS = 2
GOAL = 0.98
LEAST = 200
BLOCKS = "tests/pages/test_blocks.py"

# Mutants that change nothing a reader could notice, by file and change, each with its reason.
_EITHER_WAY = "the block meets the same refusal before this matters"
HARMLESS: dict[tuple[str, str], str] = {
    **{
        (
            "okx_guide/signing.py",
            f"{change}  # milliseconds since 1973; as seconds, the year 5138",
        ): ("1e11 is a round limit, not a rule")
        for change in (
            "NumberReplacer: if at > 100000000001.0:",
            "NumberReplacer: if at > 99999999999.0:",
            "ReplaceComparisonOperator_Gt_GtE: if at >= 1e11:",
        )
    },
    ("okx_guide/signing.py", "ReplaceBinaryOperator_Mul_Div: /,"): (
        "it is the mark for keyword-only arguments, not a product"
    ),
    (
        "okx_guide/signing.py",
        "ReplaceComparisonOperator_NotEq_IsNot: if secret_key is not secret_key.strip():",
    ): "strip() returns the same object when there is nothing to strip",
    ("docs/guide/validate.md", "Then a signature: a missing query"): (
        "the path is signed and sent from one variable, which is the point of the block"
    ),
    ("docs/reference/signing.md", "The headers: an old path"): "the block prints no signature",
    ("docs/troubleshooting/timestamp.md", "Is your clock right?: live instead of demo"): (
        "the line below says demo"
    ),
    ("docs/troubleshooting/invalid-sign.md", "The fix: a query sent as a body"): (
        "whatever is sent, the session signs it, which is the point of the block"
    ),
    # These blocks provoke a refusal that comes before the one for the change.
    **{
        (f"docs/{page}.md", f"{heading}: {change}"): _EITHER_WAY
        for change, pages in {
            "live instead of demo": {
                "guide/activate": ["Not active?"],
                "security/ip-whitelist": ["Find your address", "IPv4 and IPv6"],
                "reference/testing": ["From any language"],
                "troubleshooting/api-version": ["See it happen"],
                "troubleshooting/codes": ["HTTP 404"],
                "troubleshooting/which-host": ["See it happen"],
                "troubleshooting/51001": ["51001 The instrument does not exist"],
                "troubleshooting/orders": ["Order a refusal"],
                "troubleshooting/50103": ["50103 OK-ACCESS-KEY is missing"],
                "troubleshooting/50112": ["50112 Invalid timestamp"],
                "troubleshooting/50102": ["50102 Timestamp request expired"],
                "troubleshooting/50111": ["50111 Invalid OK-ACCESS-KEY"],
                "troubleshooting/50119": ["50119 API key doesn't exist"],
                "troubleshooting/50110": ["50110 Your address is not on the whitelist"],
                "troubleshooting/refused": ["50115 Invalid request method", "Order a refusal"],
                "troubleshooting/timestamp": ["See it happen"],
            },
            "an old path": {
                "reference/signing": ["What the module refuses"],
                "troubleshooting/codes": ["HTTP 404"],
                "troubleshooting/no-connection": ["See it happen"],
            },
            "another order type": {
                "troubleshooting/51000": ["51000 Parameter error"],
                "troubleshooting/51020": ["51020 Below the minimum amount"],
                "troubleshooting/orders-refused": ["See it happen"],
            },
            "a method in small letters": {
                "reference/signing": ["What the module refuses"],
            },
            "a body sent as a query": {
                "reference/permissions": ["Without the permission"],
                "troubleshooting/50120": ["50120 No permission"],
            },
            "a query sent as a body": {
                "troubleshooting/orders": ["Order a refusal"],
                "troubleshooting/50014": ["50014 A parameter is empty"],
                "troubleshooting/refused": ["Order a refusal"],
            },
        }.items()
        for page, headings in pages.items()
        for heading in headings
    },
}

# In code blocks: pattern, replacement, description.
CODE_CHANGES = [
    (r'"GET"', '"get"', "a method in small letters"),
    (r'"POST"', '"post"', "a method in small letters"),
    (r"\?ccy=BTC", "", "a missing query"),
    (r"\.digest\(\)", ".hexdigest().encode()", "a hex digest"),
    (r"OK-ACCESS-(?!SIGN header)", "OKX-ACCESS-", "a wrong header name"),
    (r"(\.\d{3})Z", r"\1", "a dropped Z"),
    (r"demo=True", "demo=False", "live instead of demo"),
    (r"/api/v5/", "/api/v3/", "an old path"),
    (r"json=", "params=", "a body sent as a query"),
    (r"params=", "json=", "a query sent as a body"),
    (r"sign\((\w+), (\w+)", r"sign(\2, \1", "two swapped arguments"),
    (r'\["data"\]\[0\]', '["data"]', "a list taken for its item"),
    (r'"OKX_API_BASE_URL"', '"OKX_BASE_URL"', "a wrong variable"),
    (r'separators=\(","', 'separators=(", "', "a space in the body"),
    (r'"limit"', '"market"', "another order type"),
    (r"hashlib\.sha256", "hashlib.sha512", "a wrong hash"),
    (r"(?<=at=)1\d{9}(\.\d+)?", "1700000000", "another time"),
]

# Further changes in the programs.
SNIPPET_CHANGES = [
    (r"limit", "market", "another order type"),
    (r'"1000"|1000', "60000", "another price"),
    (r'hashlib\.sha256|"sha256"', '"sha512"', "a wrong hash"),
    (r"-sha256", "-sha512", "a wrong hash"),
    (r"base64", "hex", "hex instead of Base64"),
    (r"x-simulated-trading", "x-simulated", "a wrong header name"),
    (r"\?ccy=BTC", "?ccy=BTC&", "a query that changes on its way"),
    (r"OKX_PASSPHRASE", "OKX_API_KEY", "a key sent as the passphrase"),
    (r"OKX_SECRET_KEY", "OKX_PASSPHRASE", "the passphrase as the secret"),
    (r"OKX_API_KEY", "OKX_SECRET_KEY", "the secret as the key"),
    (r"/trade/order", "/trade/orders", "a wrong path"),
    (r"sCode", "code", "a refusal inside an order overlooked"),
    (r"POST", "PUT", "a wrong method"),
]

T = TypeVar("T")

Replacement = str | Callable[[re.Match[str]], str]

# In prose: what a page states about OKX.
PROSE_CHANGES: list[tuple[str, Replacement, str]] = [
    (r"\b(5\d{4}|6\d{4})\b", "59998", "a code that does not exist"),
    (r"\b(\w+)\.okx\.com", r"\1x.okx.com", "a host that does not exist"),
    (r"OK-ACCESS-[A-Z]+", "OK-ACCESS-TOKEN", "a header that does not exist"),
    (r"\b(30 seconds|14 days|50 keys|32 characters)\b", lambda m: "1" + m[0], "a changed number"),
    (r"(official|observed|disputed|weak), \d{4}", r"\1, 2019", "a wrong date"),
]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one file.

    Attributes:
        kind: Where it comes from, for the summary.
        path: The file, relative to the project.
        description: Place and kind of the change, in words.
        text: The whole file after the change.
        tests: The tests that should notice, as arguments of pytest.
    """

    kind: str
    path: str
    description: str
    text: str
    tests: tuple[str, ...]


def generate_module_mutants() -> Iterator[Mutant]:
    """Yield every mutant that cosmic-ray makes of signing.py."""
    path = "okx_guide/signing.py"
    source = (ROOT / path).read_text(encoding="utf-8")
    for name in sorted(cosmic_ray.plugins.operator_names()):
        operator_class = cosmic_ray.plugins.get_operator(name)
        # A few need the name of a variable to change; and the only decorators are those of
        # the protocol, which type checkers read.
        if operator_class.arguments() or "Decorator" in name:
            continue
        operator = operator_class()
        sources = {source}
        for occurrence in range(100):
            changed = cosmic_ray.mutating.mutate_code(source, operator, occurrence)
            if changed is None:
                break
            if changed in sources:
                continue
            sources.add(changed)
            description = f"{name.removeprefix('core/')}: {_find_change(source, changed)}"
            yield Mutant("module", path, description, changed, ("docs/reference/signing.md",))


def generate_page_mutants() -> Iterator[Mutant]:
    """Yield one mutant for each change that fits a block, its output, or a line of prose."""
    for page in sorted(DOCS.rglob("*.md")):
        path = page.relative_to(ROOT).as_posix()
        text = page.read_text(encoding="utf-8")
        test = ""
        number = 0
        for fence in fences(page):
            if fence.included:
                test = _name_test(fence)
                continue
            if fence.language == "python":
                number += 1
                test = f"{path}::[CodeFence#{number}][line:{fence.line}]"
                if "notest" in fence.options:  # a program of tests/clients has its lines
                    test = BLOCKS
                yield from _generate_block_mutants(path, text, fence, test)
            if fence.language == "bash":
                test = BLOCKS
            if fence.language == "text" and "..." not in fence.content:
                yield _make_output_mutant(path, text, fence, test)
        yield from _generate_prose_mutants(path, text)


def _name_test(fence: Fence) -> str:
    """Return the test that compares an included program's output with the page: test_tabs.py."""
    program = fence.included
    if program is None or program.parent.name not in ("guide", "refusals"):
        return BLOCKS
    name = f"{program.name} {fence.part}".strip()
    return f"tests/pages/test_tabs.py::test_a_block_prints_what_its_tab_shows[{name}]"


def _generate_block_mutants(path: str, text: str, fence: Fence, test: str) -> Iterator[Mutant]:
    for pattern, replacement, change in CODE_CHANGES:
        changed = re.sub(pattern, replacement, fence.content, count=1)
        if changed != fence.content:
            description = f"{_find_heading(text, fence.line)}: {change}"
            yield Mutant("block", path, description, _replace_block(text, fence, changed), (test,))


def _make_output_mutant(path: str, text: str, fence: Fence, test: str) -> Mutant:
    letter = "x" if fence.content[-2] != "x" else "y"
    changed = f"{fence.content[:-2]}{letter}\n"
    description = f"{_find_heading(text, fence.line)}: a changed letter"
    return Mutant("output", path, description, _replace_block(text, fence, changed), (test,))


def _generate_prose_mutants(path: str, text: str) -> Iterator[Mutant]:
    prose = extract_prose(text)
    for pattern, replacement, change in PROSE_CHANGES:
        match = re.search(pattern, prose)
        if match:
            changed = re.sub(pattern, replacement, match[0], count=1)
            whole = text[: match.start()] + changed + text[match.end() :]
            heading = _find_heading(text, text.count("\n", 0, match.start()))
            yield Mutant(
                "prose", path, f"{heading}: {change}", whole, ("tests/pages/test_claims.py",)
            )


def generate_fact_mutants() -> Iterator[Mutant]:
    """Yield one mutant for every seventh fact: a digit, or the first letter, changed."""
    for file in sorted((ROOT / "okx_guide" / "facts").glob("*.json")):
        path = file.relative_to(ROOT).as_posix()
        text = file.read_text(encoding="utf-8")
        rows = json.loads(text)
        for number, row in enumerate(rows.get("facts", [])):
            if number % 7:
                continue
            before = json.dumps(row["value"], ensure_ascii=False)
            after = re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 10), before, count=1)
            if after == before:
                after = re.sub(r': "(\w)', r': "X\1', before, count=1)
            if after == before:
                continue
            changed = json.loads(text)
            changed["facts"][number]["value"] = json.loads(after)
            whole = json.dumps(changed, indent=2, ensure_ascii=False) + "\n"
            yield Mutant(
                "fact", path, f"{row['id']}: {before[:40]}", whole, ("tests/test_facts.py",)
            )


def generate_snippet_mutants() -> Iterator[Mutant]:
    """Yield one mutant for each change that fits a program that needs no compiler."""
    for folder, name in (
        ("python", "okx_request.py"),
        ("shell", "okx_request.sh"),
        ("javascript", "okx_request.mjs"),
    ):
        path = f"docs/snippets/{folder}/{name}"
        text = (ROOT / path).read_text(encoding="utf-8")
        for pattern, replacement, description in [*CODE_CHANGES, *SNIPPET_CHANGES]:
            changed = re.sub(pattern, replacement, text, count=1)
            if changed != text:
                tests = ("tests/pages/test_languages.py", "-k", f"[{folder}")
                yield Mutant("snippet", path, description, changed, tests)


def generate_vector_mutants() -> Iterator[Mutant]:
    """Yield one mutant for every twentieth signature of the vectors."""
    for file in sorted((DOCS / "vectors").glob("*.json")):
        path = file.relative_to(ROOT).as_posix()
        text = file.read_text(encoding="utf-8")
        for number, match in enumerate(re.finditer(r'ignature": "(.)', text)):
            if number % 20 == 0:
                letter = "A" if match[1] != "A" else "B"
                changed = text[: match.start(1)] + letter + text[match.end(1) :]
                description = f"signature {number}: a changed letter"
                yield Mutant("vector", path, description, changed, ("tests/pages/test_vectors.py",))


def _replace_block(text: str, fence: Fence, content: str) -> str:
    lines = text.splitlines(keepends=True)
    end = fence.line + fence.content.count("\n")
    return "".join([*lines[: fence.line], content, *lines[end:]])


def _find_heading(text: str, line: int) -> str:
    """Return the heading above a line: edits change it less often than the line's number."""
    above = "\n".join(extract_prose(text).split("\n")[:line])
    headings: list[str] = re.findall(r"^#+ (.*?)(?: \{.*)?$", above, re.MULTILINE)
    return headings[-1] if headings else "top"


def _find_change(before: str, after: str) -> str:
    """Return the first changed line, after the change."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next((b.strip() for a, b in pairs if a != b), "")


class Runner:
    """A copy of the project, and the process that runs tests there.

    Args:
        copy: The folder of the copy.
        tests: All tests that will be run, to be loaded once.
    """

    def __init__(self, copy: Path, tests: Iterable[str]) -> None:
        self._copy = copy
        shutil.copytree(ROOT, copy, ignore=_ignore)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.forks", *tests],
            cwd=copy,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, tests: Iterable[str], changed: str = "") -> int:
        """Run tests, and return pytest's exit status; negative if they took too long.

        Args:
            tests: As arguments of pytest.
            changed: The file that may have been read before its change.
        """
        if not (self._process.stdin and self._process.stdout):
            raise OSError("it was started without pipes")
        self._process.stdin.write(json.dumps([changed, [*tests]]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def is_caught(self, mutant: Mutant) -> bool:
        """Return whether a test fails with this one change."""
        target = self._copy / mutant.path
        original = target.read_text(encoding="utf-8")
        target.write_text(mutant.text, encoding="utf-8")
        try:
            return self.run(mutant.tests, mutant.path) != 0
        finally:
            target.write_text(original, encoding="utf-8")

    def close(self) -> None:
        """End the process."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


def _ignore(folder: str, names: list[str]) -> set[str]:
    """Return the names that a copy of the project leaves out. A package is called `site` too."""
    built = {"site", ".venv", ".git", ".cache"} if Path(folder) == ROOT else set()
    return {name for name in names if name in built | {"__pycache__", ".hypothesis"}}


def make_mutants(kinds: Sequence[str] = ()) -> list[Mutant]:
    """Return the mutants of these kinds, or all."""
    mutants = [
        *generate_module_mutants(),
        *generate_page_mutants(),
        *generate_fact_mutants(),
        *generate_snippet_mutants(),
        *generate_vector_mutants(),
    ]
    return [mutant for mutant in mutants if not kinds or mutant.kind in kinds]


def list_stale_reasons(mutants: Iterable[Mutant]) -> list[str]:
    """Return the entries of `HARMLESS` that no mutant matches any more."""
    descriptions = {(mutant.path, mutant.description) for mutant in mutants}
    return [
        f"{path}: {description}"
        for path, description in HARMLESS
        if (path, description) not in descriptions
    ]


def group_tests(tests: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the tests in groups for a run without a change, one group per file."""
    groups: dict[object, list[str]] = {}
    for arguments in tests:
        key = arguments if len(arguments) > 1 else arguments[0].partition("::")[0]
        groups.setdefault(key, []).extend(arguments)
    return [tuple(group) for group in groups.values()]


def summarize(mutants: Sequence[Mutant], results: Sequence[bool], seconds: float) -> float:
    """Print the figures, and return the share of relevant mutants that were caught."""
    survivors = [
        mutant for mutant, is_noticed in zip(mutants, results, strict=True) if not is_noticed
    ]
    harmless = [mutant for mutant in survivors if (mutant.path, mutant.description) in HARMLESS]
    counts = Counter(mutant.kind for mutant in mutants)
    total, kills = len(mutants), len(mutants) - len(survivors)
    share = kills / (total - len(harmless))
    sys.stdout.write(
        f"{total} mutants ({', '.join(f'{count} {kind}' for kind, count in counts.items())}): "
        f"{kills} caught, {len(survivors)} survived, {len(harmless)} of them with a reason; "
        f"{kills / total:.1%} of all and {share:.1%} of those that change something caught "
        f"in {seconds:.0f} s\n"
    )
    return share


def main() -> int:
    """Try the mutants of the kinds named on the command line, or all.

    Prints the survivors and the figures, and returns 1 below the goal.
    """
    if stale := list_stale_reasons(make_mutants()):
        sys.stdout.write("\n".join(["Reasons without a mutant:", *stale, ""]))
        return 1
    mutants = make_mutants(sys.argv[1:])
    started = time.monotonic()
    all_tests = dict.fromkeys(mutant.tests for mutant in mutants)
    files = dict.fromkeys(tests[0].partition("::")[0] for tests in all_tests)
    runners: queue.Queue[Runner] = queue.Queue()

    def with_runner(act: Callable[[Runner], T]) -> T:
        runner = runners.get()
        try:
            return act(runner)
        finally:
            runners.put(runner)

    def try_one(mutant: Mutant) -> bool:
        is_noticed = with_runner(lambda runner: runner.is_caught(mutant))
        if not is_noticed:
            reason = HARMLESS.get((mutant.path, mutant.description), "A HOLE")
            sys.stdout.write(f"survived: {mutant.path}: {mutant.description} ({reason})\n")
            sys.stdout.flush()
        return is_noticed

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        for number in range(WORKERS):
            runners.put(Runner(Path(folder) / str(number), files))
        # A test that fails without a change, or is missing, would seem to catch everything.
        groups = group_tests(all_tests)
        statuses = pool.map(lambda group: with_runner(lambda runner: runner.run(group)), groups)
        broken = [group for group, status in zip(groups, statuses, strict=True) if status]
        for group in broken:
            sys.stdout.write(f"fails without a change: {' '.join(group)}\n")
        sys.stdout.flush()
        lost = set(itertools.chain.from_iterable(broken))
        mutants = [mutant for mutant in mutants if lost.isdisjoint(mutant.tests)]
        results = []
        for number, is_noticed in enumerate(pool.map(try_one, mutants), 1):
            results.append(is_noticed)
            if number % 100 == 0:
                sys.stdout.write(f"{number} of {len(mutants)} tried\n")
                sys.stdout.flush()
        for _ in range(WORKERS):
            runners.get().close()
    share = summarize(mutants, results, time.monotonic() - started)
    return 0 if share >= GOAL and len(mutants) >= LEAST and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
