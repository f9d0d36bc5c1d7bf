"""From a rejected signature to the mistake that made it.

Every known mistake is tried on the request that arrived; the one that gives exactly the
rejected signature is the one that was made. Which mistakes are known comes from public
failure reports (see *About / Sources* on the site).
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode

from okx_guide.signing import Signer, timestamp
from okx_guide.sites import SITES

# A clock that is read twice, once for the header and once for the signature, is off by
# this much at the most; beyond it, "some other time" is not a finding.
_TWO_CLOCK_READS_MS = 2000
# Thousands of times are tried; on a request larger than any order that takes minutes.
_CLOCK_READS_OF_AT_MOST = 8192
# Time zones lie between UTC-12 and UTC+14, a quarter of an hour apart.
_TIME_ZONES = [timedelta(minutes=15 * quarter) for quarter in range(-48, 57) if quarter]


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What arrived: the parts of the prehash as they were on the wire, and the signature.

    A WebSocket login arrives as a `GET` of `/users/self/verify` at Unix seconds.

    Attributes:
        timestamp: The `OK-ACCESS-TIMESTAMP` header, or the `timestamp` of a login.
        method: For example `GET`.
        request_path: Path and query, undecoded.
        body: The body as text; undecodable bytes as surrogate escapes.
        signature: The `OK-ACCESS-SIGN` header, or the `sign` of a login.
        host: Scheme and host that were called, if they are not OKX's own, for example
            `http://127.0.0.1:8700`.
    """

    timestamp: str
    method: str
    request_path: str
    body: str
    signature: str
    host: str = ""

    @property
    def prehash(self) -> str:
        """The text that should have been signed."""
        return self.timestamp + self.method + self.request_path + self.body


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that was made.

    Attributes:
        id: Stable name, for example `query-missing`.
        explanation: What was signed instead, without any secret.
        fix: The one thing to change.
    """

    id: str
    explanation: str
    fix: str


def find(
    request: SignedRequest, secret_key: str, *, passphrase: str = "", api_key: str = ""
) -> Mistake | None:
    """Return the one mistake that produces exactly the rejected signature, if it is known.

    Args:
        request: What arrived.
        secret_key: The key's secret.
        passphrase: The key's passphrase, to notice that it was used as the secret.
        api_key: The key's id, to notice the same.

    Examples:
        >>> from okx_guide.signing import sign
        >>> at, path = "2020-12-08T09:08:57.715Z", "/api/v5/account/balance"
        >>> signature = sign("FAKE-SECRET", at, "GET", path)
        >>> find(SignedRequest(at, "GET", path + "?ccy=BTC", "", signature), "FAKE-SECRET").id
        'query-missing'
    """
    signer = Signer(secret_key)
    message = _bytes(request.prehash)
    if signer.sign_bytes(message) == request.signature:
        return None
    for text, mistake in _other_texts(request):
        if signer.sign_bytes(_bytes(text)) == request.signature:
            return mistake
    for signature, mistake in _other_digests(message, secret_key):
        if signature == request.signature:
            return mistake
    for secret, mistake in _other_secrets(secret_key, passphrase, api_key):
        if secret and _base64_hmac(secret, message) == request.signature:
            return mistake
    return None


def _other_texts(r: SignedRequest) -> Iterator[tuple[str, Mistake]]:
    """Yield prehash texts that people sign instead of the right one."""

    def text(
        timestamp: str = r.timestamp,
        method: str = r.method,
        path: str = r.request_path,
        body: str = r.body,
    ) -> str:
        return timestamp + method + path + body

    path, _, query = r.request_path.partition("?")
    for other, id_, fix in _other_paths(r, path, query):
        yield text(path=other), Mistake(id_, f"signed {other}, received {r.request_path}", fix)

    for other, id_ in _other_bodies(r.body, query):
        yield (
            text(body=other),
            Mistake(
                id_,
                f"signed the body {other!r}, received the body {r.body!r}",
                "Build the body text once, sign that text and send that text."
                if r.body
                else "A GET has no body: sign nothing after the path.",
            ),
        )
    if query:
        as_body = json.dumps(dict(parse_qsl(query)))
        yield (
            text(path=path, body=as_body),
            Mistake(
                "query-in-body",
                f"signed {path} with the query as a JSON body, received {r.request_path}",
                "The parameters of a GET belong to the path: sign path?query and no body.",
            ),
        )

    for other in (r.method.lower(), r.method.capitalize()):
        yield (
            text(method=other),
            Mistake(
                "method-case",
                f"signed the method as {other}, received {r.method}",
                f"Sign the method in capitals: {r.method}.",
            ),
        )
    swapped = {"GET": "POST", "POST": "GET"}.get(r.method, "GET")
    yield (
        text(method=swapped),
        Mistake(
            "method-other",
            f"signed {swapped}, received {r.method}",
            f"Sign the method that you send: {r.method}.",
        ),
    )
    yield (
        text(method=""),
        Mistake(
            "method-missing",
            f"signed no method, received {r.method}",
            "Sign the method too, after the timestamp.",
        ),
    )

    small = len(r.prehash) <= _CLOCK_READS_OF_AT_MOST
    for other, id_, said in _other_timestamps(r.timestamp, clock_reads=small):
        yield (
            text(timestamp=other),
            Mistake(
                id_,
                f"signed the time as {other}, received {r.timestamp}{said}",
                "Take the time once: sign the very text that you send.",
            ),
        )

    milliseconds = _epoch_milliseconds(r.timestamp)
    if milliseconds is not None:
        yield (
            f"{milliseconds // 1000}GET/users/self/verify",
            Mistake(
                "ws-formula",
                "signed the WebSocket login text, received a REST request",
                "Sign timestamp + method + path + body for REST.",
            ),
        )
    for separator in ("\n", " ", "&", ","):
        yield (
            separator.join(p for p in (r.timestamp, r.method, r.request_path, r.body) if p),
            Mistake(
                "separators",
                f"signed the parts joined with {separator!r}, they are joined with nothing",
                "Join the four parts with nothing between them.",
            ),
        )
    yield (
        r.prehash + "\n",
        Mistake(
            "newline-at-end",
            "signed a line feed after the text",
            "Sign the text alone; in a shell use printf '%s', because echo adds a line feed.",
        ),
    )


def _other_paths(r: SignedRequest, path: str, query: str) -> Iterator[tuple[str, str, str]]:
    if query:
        yield path, "query-missing", "Sign the query too: path?query, exactly as sent."
        pairs = query.split("&")
        same = "Build the query once; sign and send the same text, in the same order."
        yield path + "?" + "&".join(sorted(pairs)), "query-sorted", same
        yield path + "?" + "&".join(reversed(pairs)), "query-order", same
        encoded = "Build the query once; sign and send the same encoding."
        yield path + "?" + unquote(query), "query-encoding", encoded
        parsed = parse_qsl(query, keep_blank_values=True)
        for via, safe in ((quote_plus, ""), (quote, ""), (quote_plus, ",:/")):
            again = urlencode(parsed, safe=safe, errors="replace", quote_via=via)
            yield path + "?" + again, "query-encoding", encoded
    for host in (r.host, *(site.rest_url for site in SITES.values())):
        yield host + r.request_path, "full-url", "Sign the path only, without scheme and host."
    yield r.request_path.removeprefix("/"), "no-slash", "The path begins with a slash."
    yield r.request_path.removeprefix("/api"), "api-missing", "The path begins with /api/v5/."
    yield r.request_path.removeprefix("/api/v5"), "api-missing", "The path begins with /api/v5/."
    for old in (r"/api/v1/\1/", r"/api/v3/\1/", r"/api/\1/v3/"):
        older = re.sub(r"^/api/v5/([^/]+)/", old, r.request_path)
        yield older, "old-path", "Sign the path that you call: it begins with /api/v5/."


def _other_bodies(body: str, query: str) -> Iterator[tuple[str, str]]:
    if not body:
        for empty in ("{}", "None", "null", '""', "[]"):
            yield empty, "empty-body"
        if query:
            yield json.dumps(dict(parse_qsl(query))), "query-also-in-body"
        return
    yield "", "body-missing"
    yield body.strip(), "body-whitespace"
    form = dict(parse_qsl(body))
    if form:
        # What becomes of data= in requests, beside a signature of json.dumps().
        yield json.dumps(form), "form-sent"
        yield json.dumps(form, separators=(",", ":")), "form-sent"
    try:
        yield from _other_json(json.loads(body))
    except (ValueError, RecursionError):
        return


def _other_json(parsed: Any) -> Iterator[tuple[str, str]]:
    for sort in (False, True):
        for ascii_ in (True, False):
            for separators in ((", ", ": "), (",", ":")):
                yield (
                    json.dumps(parsed, sort_keys=sort, ensure_ascii=ascii_, separators=separators),
                    "body-reserialised",
                )
    # What PHP and Go escape unless they are told not to.
    yield json.dumps(parsed, separators=(",", ":")).replace("/", "\\/"), "body-reserialised"
    go = json.dumps(parsed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        go = go.replace(character, f"\\u{ord(character):04x}")
    yield go, "body-reserialised"
    yield str(parsed), "body-str-of-dict"
    if isinstance(parsed, dict):
        yield urlencode(parsed), "body-form"


def _other_timestamps(sent: str, *, clock_reads: bool) -> Iterator[tuple[str, str, str]]:
    if re.fullmatch(r"\d{1,10}", sent, re.ASCII):
        if clock_reads:
            yield from _other_login_times(int(sent))
        return
    milliseconds = _epoch_milliseconds(sent)
    if milliseconds is None or not sent.endswith("Z"):
        return
    unix = "; Unix time is for the WebSocket login"
    yield str(milliseconds), "epoch-signed", unix
    yield str(milliseconds // 1000), "epoch-signed", unix
    yield f"{milliseconds / 1000:.3f}", "epoch-signed", unix
    moment = datetime.fromisoformat(sent)
    for other in _other_iso_forms(sent, moment):
        yield other, "timestamp-form", ""
    if not clock_reads:
        return
    try:
        for zone in _TIME_ZONES:
            hours = f" ({zone / timedelta(hours=1):+g} hours: local time, not UTC)"
            yield timestamp(moment + zone), "local-time", hours
        for offset in range(1, _TWO_CLOCK_READS_MS + 1):
            step = timedelta(milliseconds=offset)
            yield timestamp(moment - step), "clock-read-twice", f" ({offset} ms earlier)"
            yield timestamp(moment + step), "clock-read-twice", f" ({offset} ms later)"
    except OverflowError:
        return


def _other_iso_forms(sent: str, moment: datetime) -> Iterator[str]:
    seconds, _, fraction = sent.removesuffix("Z").partition(".")
    yield timestamp(moment)
    yield sent.removesuffix("Z")
    yield seconds
    yield seconds + "Z"
    for zeros_lost in (fraction.rstrip("0"), fraction.lstrip("0")):
        yield f"{seconds}.{zeros_lost or 0}Z"
    for end in ("Z", "+00:00"):
        yield f"{seconds}.{fraction}{end}"
        yield f"{seconds}.{fraction:0<6}{end}"
        yield f"{seconds}.{fraction}{end}".replace("T", " ")
    yield f"{seconds}.{fraction}".replace("T", " ")


def _other_login_times(seconds: int) -> Iterator[tuple[str, str, str]]:
    """Yield what people sign at a WebSocket login instead of the Unix seconds they send."""
    second = datetime.fromtimestamp(seconds, UTC)
    for millisecond in range(1000):
        iso = timestamp(second + timedelta(milliseconds=millisecond))
        yield iso, "rest-formula", "; ISO 8601 is for REST"
        for point in ("", "."):
            yield f"{seconds}{point}{millisecond:03}", "milliseconds-signed", ""
    yield timestamp(second).replace(".000Z", "Z"), "rest-formula", "; ISO 8601 is for REST"
    for offset in range(1, _TWO_CLOCK_READS_MS // 1000 + 1):
        yield str(seconds - offset), "clock-read-twice", f" ({offset} s earlier)"
        yield str(seconds + offset), "clock-read-twice", f" ({offset} s later)"


def _other_digests(message: bytes, secret_key: str) -> Iterator[tuple[str, Mistake]]:
    key = secret_key.encode()
    raw = hmac.digest(key, message, "sha256")
    fix = "Base64 of the raw digest bytes: 44 characters that end in '='."
    yield raw.hex(), Mistake("hex-digest", "the signature is hex, not Base64", fix)
    yield raw.hex().upper(), Mistake("hex-digest", "the signature is hex, not Base64", fix)
    yield (
        base64.b64encode(raw.hex().encode()).decode(),
        Mistake("base64-of-hex", "the signature is Base64 of the hex text", fix),
    )
    yield (
        base64.urlsafe_b64encode(raw).decode(),
        Mistake("base64-urlsafe", "the signature uses the URL-safe Base64 alphabet", fix),
    )
    good = base64.b64encode(raw).decode()
    yield (
        good.rstrip("="),
        Mistake("base64-padding", "the '=' at the end of the signature is missing", fix),
    )
    yield (
        f"b'{good}'",
        Mistake("bytes-repr", "the signature is wrapped in b'...'", "Decode it: .decode()."),
    )
    plain = Mistake(
        "no-hmac",
        "the signature is a plain SHA-256, not an HMAC",
        "Use HMAC-SHA256 with the secret as the key.",
    )
    yield base64.b64encode(hashlib.sha256(message).digest()).decode(), plain
    yield base64.b64encode(hashlib.sha256(message + key).digest()).decode(), plain
    yield (
        _base64_hmac(message, key),
        Mistake("key-and-message", "key and message are swapped", "The secret is the HMAC key."),
    )
    for name in ("sha1", "sha512", "md5"):
        yield (
            base64.b64encode(hmac.digest(key, message, name)).decode(),
            Mistake("wrong-hash", f"the hash is {name}, not sha256", "Use HMAC-SHA256."),
        )


def _other_secrets(
    secret_key: str, passphrase: str, api_key: str
) -> Iterator[tuple[bytes, Mistake]]:
    mixed = "Use the secret key for signing; the passphrase only goes into its header."
    yield _bytes(passphrase), Mistake("passphrase-as-secret", "signed with the passphrase", mixed)
    yield _bytes(api_key), Mistake("key-as-secret", "signed with the API key", mixed)
    trim = Mistake(
        "secret-whitespace", "signed with white space around the secret", "Strip the secret."
    )
    for around in (secret_key + "\n", secret_key + " ", " " + secret_key, secret_key + "\r\n"):
        yield around.encode(), trim
    quoted = Mistake("secret-quoted", "signed with quotes around the secret", "Remove the quotes.")
    yield f'"{secret_key}"'.encode(), quoted
    yield f"'{secret_key}'".encode(), quoted
    case = Mistake(
        "secret-case", "signed with the secret in another case", "Use the secret as it was shown."
    )
    yield secret_key.lower().encode(), case
    yield secret_key.upper().encode(), case
    decoded = Mistake(
        "secret-decoded", "signed with the decoded secret", "Use the secret's characters as text."
    )
    for decode in (bytes.fromhex, base64.b64decode):
        try:
            yield decode(secret_key), decoded
        except ValueError:
            continue


def _base64_hmac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair: nobody can have signed it
        return text.encode("utf-8", "replace")


def _epoch_milliseconds(iso: str) -> int | None:
    try:
        return round(datetime.fromisoformat(iso).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
