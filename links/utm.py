"""UTM parameters, as they are put into a destination's query. Knows nothing of where they come from."""

from collections.abc import Mapping
from urllib.parse import quote, unquote_plus

from links.errors import invalid

UTM_KEYS = ("source", "medium", "campaign", "term", "content", "id")
"""The keys of a link's ``utm``, in the order in which they are added."""


def apply_utm(href: str, utm: Mapping[str, str]) -> str:
    """``href`` with ``utm_source=…`` and so on at the end of its query, before ``#``.

    Values are percent-encoded but for the unreserved characters of RFC 3986 §2.3. A parameter of the same name that
    ``href`` has already (names are compared decoded) is taken out, wherever it stands; ours follow the others, in the
    order of ``UTM_KEYS``. The others stay byte for byte. An empty value counts as not given; where nothing is given,
    ``href`` comes back unchanged.
    The result can be longer than the limit for destinations: check it where that matters.
    Raises :class:`LinkError` (``INVALID``, field ``utm``) for an unknown key or text that is not Unicode.
    """
    unknown = sorted(utm.keys() - set(UTM_KEYS))
    if unknown:
        raise invalid("utm", f'must not contain "{unknown[0]}": allowed are {", ".join(UTM_KEYS)}')
    ours = {f"utm_{key}": _encoded(key, utm[key]) for key in UTM_KEYS if utm.get(key)}
    if not ours:
        return href
    url, hash_mark, fragment = href.partition("#")
    address, _, query = url.partition("?")
    kept = "&".join(part for part in query.split("&") if _name(part) not in ours)
    added = "&".join(f"{name}={value}" for name, value in ours.items())
    return f"{address}?{kept}{'&' if kept else ''}{added}{hash_mark}{fragment}"


def _name(part: str) -> str:
    """The name of one parameter as a server reads it (WHATWG URL §5.1)."""
    return unquote_plus(part.partition("=")[0])


def _encoded(key: str, value: str) -> str:
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise invalid("utm", f"must be Unicode text: {key} holds half of a character") from None
