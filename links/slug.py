"""What a slug may be, its one form on the wire, and how slugs are made.

``canonical_slug`` decides when a link is made, ``canonical_path`` when one is looked up; both bring text outside
ASCII to the same form (U+FE0F dropped, NFC), so that what was accepted is found. Knows nothing of domains, of which
slugs are taken, or of the narrower grammars of the APIs.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import quote, unquote_to_bytes

from links.characters import fault
from links.errors import LinkError, invalid

MAX_SLUG_BYTES = 255
MAX_SEGMENTS = 8

# In characters, before normalisation; longer text is not looked at. NFC makes one character, of 2 bytes or more, out of
# up to four, so this leaves room for a slug of full length in its most spelled-out form.
_MAX_CHARACTERS = 4 * MAX_SLUG_BYTES

# First segments that this program answers itself, now or in time to come. Never take one away: links outlive versions.
RESERVED = frozenset(
    (
        "healthz",
        "robots.txt",
        "favicon.ico",
        ".well-known",
        "api",
        "v1",
        "v2",
        "v3",
        "rest",
        "docs",
        "openapi.json",
        "admin",
        "dashboard",
        "login",
        "logout",
        "static",
        "assets",
        "metrics",
        "tls",
        "qr",
        "bio",
        "yourls-api.php",
    )
)

_SEGMENT = r"(?!\.\.?(?:/|\Z))[A-Za-z0-9\-_.~]++"
_PLAIN = re.compile(rf"({_SEGMENT})(?:/{_SEGMENT}){{0,{MAX_SEGMENTS - 1}}}")
_ALPHABET = re.compile(r"[A-Za-z0-9\-_.~]+")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# An escape that is none, and %2F: decoded, it would make a separator out of what was none.
_BAD_ESCAPE = re.compile(rb"%(?:2[Ff]|(?![0-9A-Fa-f]{2}))")

_VARIATION_SELECTOR = "\ufe0f"  # asks for the colourful form of an emoji; keyboards differ in sending it


def canonical_slug(text: str) -> str:
    """The slug as it is stored: ``text`` itself where it is ASCII, else without U+FE0F and in NFC.

    1 to 255 bytes of UTF-8: at most 8 segments joined by single ``/``, none of them ``.`` or ``..``, of
    ``A–Z a–z 0–9 - _ . ~``, letters with their marks, digits and emoji (see ``characters``). The first segment is
    not one of ``RESERVED``, in whatever case.
    Raises :class:`LinkError` (``INVALID``, field ``slug``) that says what is wrong.
    """
    match = _PLAIN.fullmatch(text)
    if match is None or len(text) > MAX_SLUG_BYTES:
        return _canonical_slug_slowly(text)
    if match[1].lower() in RESERVED:
        raise _reserved(match[1])
    return text


def folded(slug: str) -> str:
    """The form of a canonical slug on a domain that ignores case: lower case."""
    # Lower-casing can undo NFC: J with caron has no single character, j with caron has one.
    return normalize("NFC", slug.lower())


def slug_path(slug: str) -> bytes:
    """The key of a canonical slug in the redirect workers' table: UTF-8, percent-encoded with upper-case hex
    digits but for the unreserved characters of RFC 3986 §2.3 and ``/``."""
    if slug.isascii():  # the grammar has no ASCII that would need encoding
        return slug.encode("ascii")
    return quote(slug, safe="/").encode("ascii")


def canonical_path(raw: bytes, *, lower: bool = False) -> bytes | None:
    """The key to look up for a request's path, given as sent but without the leading ``/`` and the query;
    ``None`` where no slug can be meant (404).

    One trailing ``/`` does not count. ``%XX`` is decoded once, as strict UTF-8; then U+FE0F is dropped, NFC, and the
    result encoded as ``slug_path`` does. ``lower`` is for domains that are not case-sensitive: there the key of a
    stored slug is ``canonical_path(slug_path(slug), lower=True)``, too.
    """
    raw = raw.removesuffix(b"/")
    if not raw or _BAD_ESCAPE.search(raw):
        return None
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _CONTROL.search(text):
        return None
    text = _normal(text)
    if lower:
        text = folded(text)
    return quote(text, safe="/").encode("ascii") or None


def generate(rand: Callable[[int], bytes], alphabet: str, length: int) -> str:
    """A random slug of ``length`` characters, each drawn from ``alphabet`` with the same probability; never a
    reserved one.

    ``rand(n)`` returns n random bytes. Raises ``ValueError`` where ``alphabet`` is not 2 or more different
    characters of ``A–Z a–z 0–9 - _ . ~``, or ``length`` not from 1 to 255.
    """
    _check_alphabet(alphabet)
    if not 1 <= length <= MAX_SLUG_BYTES:
        raise ValueError(f"slug length must be from 1 to {MAX_SLUG_BYTES}, not {length}")
    size = len(alphabet)
    limit = 256 - 256 % size  # a byte from here on would favour the alphabet's first characters
    while True:
        slug = ""
        while len(slug) < length:
            slug += "".join([alphabet[byte % size] for byte in rand(length - len(slug)) if byte < limit])
        if slug.lower() not in RESERVED and slug not in {".", ".."}:
            return slug


@lru_cache(maxsize=16)
def _check_alphabet(alphabet: str) -> None:
    if not _ALPHABET.fullmatch(alphabet) or len(set(alphabet)) != len(alphabet) or len(alphabet) < 2:
        raise ValueError(f"slug alphabet must be 2 or more different characters of A-Z a-z 0-9 - _ . ~: {alphabet!r}")


def _normal(text: str) -> str:
    return normalize("NFC", text.replace(_VARIATION_SELECTOR, ""))


def _canonical_slug_slowly(text: str) -> str:
    """The same as ``canonical_slug``, for all that is not plain ASCII or is not valid."""
    if len(text) > _MAX_CHARACTERS:
        raise _too_long()
    slug = text if text.isascii() else _normal(text)
    problem = _shape_fault(slug) or fault(slug)
    if problem:
        raise invalid("slug", problem)
    if len(slug.encode("utf-8")) > MAX_SLUG_BYTES:
        raise _too_long()
    first = slug.partition("/")[0]
    if first.lower() in RESERVED:
        raise _reserved(first)
    return slug


def _shape_fault(slug: str) -> str | None:
    """What is wrong with the segments of ``slug``, as a sentence that starts with "must"."""
    segments = slug.split("/")
    if not slug:
        return "must not be empty"
    if slug.startswith("/"):
        return 'must not start with "/"'
    if slug.endswith("/"):
        return 'must not end with "/"'
    if slug.endswith("+"):
        return 'must not end with "+": that is reserved'
    if "" in segments:
        return 'must not contain "//"'
    if len(segments) > MAX_SEGMENTS:
        return f'must not have more than {MAX_SEGMENTS} segments separated by "/"'
    if "." in segments or ".." in segments:
        return 'must not have a segment "." or ".."'
    return None


def _too_long() -> LinkError:
    return invalid("slug", f"must not be longer than {MAX_SLUG_BYTES} bytes of UTF-8")


def _reserved(first: str) -> LinkError:
    return invalid("slug", f'must not start with "{first}": that is reserved')
