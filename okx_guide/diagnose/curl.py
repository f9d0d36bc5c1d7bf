"""Read a curl command, as it is written for a Unix shell, for PowerShell or for cmd."""

import re
import shlex
from collections.abc import Iterator

from okx_guide.diagnose.pasted import DumpError, Pasted, split_url
from okx_guide.diagnose.settings import HEADERS

_METHODS = "GET|POST|PUT|DELETE"
# A line goes on behind a backslash, PowerShell's backtick, and the caret of cmd.
_COMMAND = re.compile(
    r"^[ \t]*(?:[$>%#][ ]+|PS [^\n>]*>[ ]*|[A-Z]:[^\n>]*>[ ]*)?"
    r"(curl(?:\.exe)?[ ](?:[^\n]*[\\`^][ \t]*\n)*[^\n]*)$",
    re.MULTILINE | re.IGNORECASE,
)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b"}
_BODIES = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
# Options whose value is none of the request.
_OTHERS = (
    *("-x", "--proxy", "-A", "--user-agent", "-e", "--referer", "-o", "--output", "-u", "--user"),
    *("-m", "--max-time", "--connect-timeout", "-b", "--cookie", "-c", "--cookie-jar", "-w"),
    *("--write-out", "--resolve", "--cacert", "--cert", "--interface", "--retry", "-D"),
)


def read_commands(text: str) -> Iterator[Pasted]:
    """Yield what each curl command of a text sends.

    Raises:
        DumpError: The command sends the method in small letters.
    """
    for command in _COMMAND.findall(text):
        yield _read_command(command)


def _read_command(command: str) -> Pasted:
    try:
        options = list(_read_options(_split_words(command)[1:]))
    except ValueError:
        return Pasted()
    pasted = Pasted()
    for name, value in options:
        if name in ("-H", "--header"):
            pasted = _read_header(value).complete_from(pasted)
    url = next((value for name, value in options if _is_url(name, value)), "")
    if not url:
        return pasted
    bodies = [value for name, value in options if name in _BODIES]
    body = "&".join(bodies) if bodies else None
    if body and any(name in ("-G", "--get") for name, _ in options):
        url, body = f"{url}{'&' if '?' in url else '?'}{body}", None
    host, path = split_url(url if "://" in url else f"https://{url}")
    methods = [value for name, value in options if name in ("-X", "--request")]
    method = _check_method([*methods, "GET" if body is None else "POST"][0])
    # A body that begins so is in a file.
    content = None if body and body.startswith("@") else body or ""
    return Pasted(method=method, request_path=path, host=host, body=content).complete_from(pasted)


def _is_url(name: str, value: str) -> bool:
    return name == "--url" or (not name and re.search(r"[/.]", value) is not None)


def _check_method(method: str) -> str:
    if method != method.upper() and re.fullmatch(_METHODS, method, re.IGNORECASE):
        raise DumpError(
            "curl sends the method as it stands, and OKX knows it in capitals only: "
            f"write -X {method.upper()}"
        )
    return method


def _split_words(command: str) -> list[str]:
    if re.search(r"\^[ \t]*\n|\^\"", command):
        command = re.sub(r"\^[ \t]*\n", " ", command)
        command = re.sub(r"\^(.)", r"\1", command)
    elif re.search(r"`[ \t]*\n", command):
        command = re.sub(r"`[ \t]*\n", " ", command)
        command = re.sub(r"`(.)", r"\\\1", command)
    command = _ANSI.sub(lambda match: shlex.quote(_unescape(match[1])), command)
    return shlex.split(re.sub(r"\\[ \t]*\n", " ", command))


def _unescape(text: str) -> str:
    """Return the text that Bash makes of $'...'."""

    def replace(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] in "xuU":
            return chr(int(escape[1:], 16))
        return _ESCAPES.get(escape, escape)

    return re.sub(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|.)", replace, text, flags=re.DOTALL)


def _read_options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value; a word that is no option has the name ""."""
    valued = ("-X", "--request", "-H", "--header", "--url", "--data-urlencode", *_BODIES, *_OTHERS)
    iterator = iter(words)
    for word in iterator:
        name, mark, value = word.partition("=")
        if word in valued:
            yield word, next(iterator, "")
        elif word.startswith("--") and mark and name in valued:
            yield name, value
        elif re.match(r"-[XHd].", word):
            yield word[:2], word[2:]
        elif word.startswith("-"):
            yield word, ""
        else:
            yield "", word


def _read_header(line: str) -> Pasted:
    name, _, value = line.partition(":")
    field = HEADERS.get(name.strip().lower())
    return Pasted(**{field: value.strip()}) if field else Pasted()
