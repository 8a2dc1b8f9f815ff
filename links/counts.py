"""What a redirect worker has counted since it began, as the one line a second that it tells the hub:

``COUNTS`` and a number for each of :data:`ANSWERS`, visits lost, visits shortened, links in its table, slow requests;
and the address of a proxy that is not trusted (:func:`proxy_warning`), or ``-``.

Pure: numbers in, a line out, and back.
"""

import ipaddress
from typing import NamedTuple

ANSWERS = ("301", "302", "307", "308", "page", "password", "410", "404", "refused", "other")
"""Kinds of answers. Redirects by status; ``page``: bio pages; ``password``: the page that asks for one, wrong ones
included; ``refused``: no HTTP, too large, too slow, or beyond the limits of connections; ``other``: 405, the root,
robots.txt, images of QR codes and the like."""

NO_PROXY = b"-"
_MOST_DIGITS = 19
_NUMBERS = len(ANSWERS) + 4


class Counts(NamedTuple):
    """``answers``: how many of each of :data:`ANSWERS`. ``lost``: visits that could not be recorded, ``shortened``:
    those of which time and link alone were. ``links``: codes in the table. ``slow``: requests that aiohttp parsed, as
    the fast path left them to it. ``proxy``: the address, empty for none."""

    answers: tuple[int, ...]
    lost: int = 0
    shortened: int = 0
    links: int = 0
    slow: int = 0
    proxy: str = ""


def line_of(counts: Counts) -> bytes:
    """The line, with its end."""
    numbers = (*counts.answers, counts.lost, counts.shortened, counts.links, counts.slow)
    return b"COUNTS %s %s\n" % (b" ".join(b"%d" % number for number in numbers), counts.proxy.encode() or NO_PROXY)


def read(words: list[bytes]) -> Counts:
    """What the words after ``COUNTS`` say. Raises ``ValueError`` for any other than :func:`line_of` writes."""
    *numbers, proxy = words
    if len(numbers) != _NUMBERS or not all(word.isdigit() and len(word) <= _MOST_DIGITS for word in numbers):
        raise ValueError("not so many numbers as there are counts")
    *answers, lost, shortened, links, slow = map(int, numbers)
    address = "" if proxy == NO_PROXY else str(ipaddress.ip_address(proxy.decode("ascii")))
    return Counts(tuple(answers), lost, shortened, links, slow, address)


def proxy_warning(address: str) -> str:
    """What is said of a private address that names visitors and is not trusted to."""
    return f"all visitors look like {address}; add it to server.trusted_proxies"
