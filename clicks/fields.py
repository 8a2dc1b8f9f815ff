"""Reading header fields out of a recorded header section. Pure."""


def value_of(section: bytes, name: bytes) -> bytes:
    """The value of the first header field ``name`` (lower case), without the spaces around it; empty where there is
    none, or where it was left out as a secret."""
    at = section.lower().find(b"\n" + name + b":")
    if at < 0:
        return b""
    start = at + len(name) + 2
    end = section.find(b"\r", start)
    return section[start : len(section) if end < 0 else end].strip(b" \t")


def values_of(section: bytes, name: bytes) -> tuple[bytes, ...]:
    """The values of all header fields ``name`` (lower case), in order, without the spaces around them."""
    found = []
    lower = section.lower()
    beginning = b"\n" + name + b":"
    at = lower.find(beginning)
    while at >= 0:
        start = at + len(beginning)
        end = section.find(b"\r", start)
        end = len(section) if end < 0 else end
        found.append(section[start:end].strip(b" \t"))
        at = lower.find(beginning, end)
    return tuple(found)
