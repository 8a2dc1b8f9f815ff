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

    The head must have been checked (``server.head``): it has no continued lines, no space before a colon, and no line
    feed but at the end of a line.
    """
    lower = b""

    def values(name: bytes) -> tuple[bytes, ...]:
        nonlocal lower
        lower = lower or b"\n" + text.lower()
        found = []
        beginning = b"\n" + name + b":"
        at = lower.find(beginning)
        while at >= 0:
            start = at + len(beginning) - 1  # ``lower`` is one byte ahead
            end = text.find(b"\r\n", start)
            found.append(text[start:end].strip(b" \t"))
            at = lower.find(beginning, end)
        return tuple(found)

    return values
