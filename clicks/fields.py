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
