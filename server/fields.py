"""The header fields of a request, for those few answers that depend on them. Pure.

Asked for one by one and by name: most requests are answered without any.
"""

from collections.abc import Callable, Iterable

Fields = Callable[[bytes], tuple[bytes, ...]]
"""All values of the field with this name (lower-case), in order, without space around them."""


def no_fields(name: bytes) -> tuple[bytes, ...]:
    """The fields of a request that has none."""
    return ()


def listed(fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """Out of names and values that a parser took apart."""
    kept = tuple(fields)

    def values(name: bytes) -> tuple[bytes, ...]:
        return tuple(value.strip(b" \t") for given, value in kept if given.lower() == name)

    return values


def written(text: bytes) -> Fields:
    """Out of a head without its first line, as it was sent: each field ends with CRLF, and an empty line follows.

    The head must have been checked (``server.head``): it has no continued lines.
    """

    def values(name: bytes) -> tuple[bytes, ...]:
        found = []
        for line in text.split(b"\r\n"):
            given, _, value = line.partition(b":")
            if given.lower() == name:
                found.append(value.strip(b" \t"))
        return tuple(found)

    return values
