"""Host names of domains: the one form in which they are stored and looked up, and the form that people read. Pure.

Names are read as browsers read them (WHATWG URL §3.5, by can_ada): what a browser sends as Host is what is stored, for
emoji names too, which IDNA 2008 and the idna package refuse.
"""

import re

import can_ada

from links.errors import invalid

FIELD = "host"

MAX_HOST = 253
"""Characters of a name in its ASCII form (RFC 1035 §2.3.4)."""

LEAST_LABELS = 2

# What ends a host in a URL or is decoded in one: a name with any of it would be read as something else.
_NO_NAME = re.compile(r"[\x00-\x20\x7f-\xa0/\\?#@:%\[\]<>^|\"'`{}\ud800-\udfff]")
# RFC 1123 §2.1. No underscore: no certificate is given for such a name.
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ACE = "xn--"  # RFC 3490 §5


def host_of(text: str, field: str = FIELD) -> str:
    """The stored form of a host name: lower-case ASCII (IDNA), without the root's dot.

    Raises :class:`LinkError` (``INVALID``, ``field``) unless ``text`` is a DNS name of two labels or more, without
    scheme, port or path. An IP address is none.
    """
    if not text or len(text) > MAX_HOST or _NO_NAME.search(text):
        raise invalid(field, "must be a host name such as go.example.com: no scheme, port, path or spaces")
    try:
        host = can_ada.parse(f"http://{text}/").hostname.removesuffix(".")
    except ValueError:
        raise invalid(field, "must be a valid host name") from None
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        raise invalid(field, "must be a host name, not an IP address")
    if len(labels) < LEAST_LABELS:
        raise invalid(field, "must have at least two labels, such as example.com")
    if len(host) > MAX_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise invalid(field, "must be a valid DNS name: labels of 1 to 63 letters, digits and hyphens, 253 in all")
    return host


def readable(host: str) -> str:
    """A stored host in Unicode; itself where that would not lead back to it."""
    try:
        text = ".".join(map(_decoded, host.split(".")))
        return text if can_ada.parse(f"http://{text}/").hostname == host else host
    except ValueError:  # UnicodeError of the codec is one
        return host


def _decoded(label: str) -> str:
    return label.removeprefix(_ACE).encode("ascii").decode("punycode") if label.startswith(_ACE) else label
