r"""The corpus: requests as data, in ``requests.txt``, and what aiohttp alone does with each.

A line is ``expected | name | request``, the request as the inside of a Python bytes literal, with ``{text*count}`` for
``text`` repeated (a ``#`` in it counts from 0). Expected is what comes on a connection of its own, in words:

- statuses: of the answers to the request;
- ``kept``: a plain request that follows is answered; ``closed``: the server closes;
- ``pending``: nothing more comes until something follows; then what stands after this word;
- ``waits``: nothing more comes, whatever follows.
"""

import re
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("requests.txt")

_REPEATED = re.compile(r"\{([^{}*]*)\*([0-9]+)\}")


class Case(NamedTuple):
    """``first``: statuses that the request gets; ``later``: those that come once more has been sent.

    ``pending``: whether more has to be sent before it ends; ``fate``: kept, closed or waits.
    """

    group: str
    name: str
    data: bytes
    first: tuple[int, ...]
    later: tuple[int, ...]
    pending: bool
    fate: str

    @property
    def statuses(self) -> tuple[int, ...]:
        """All that come where the plain request and the last one of ``tests/server/roads.py`` follow."""
        return (*self.first, *((301, 301) if self.fate == "kept" else self.later))

    @property
    def id(self) -> str:
        return f"{self.group}/{self.name}"


def decoded(text: str) -> bytes:
    r"""The bytes that the last column of a line stands for. Raises ``ValueError`` for what is not ASCII."""
    spelled = text.encode("ascii").decode("unicode_escape")
    return _REPEATED.sub(_repeat, spelled).encode("latin-1")


def _repeat(match: re.Match[str]) -> str:
    return "".join(match[1].replace("#", str(number)) for number in range(int(match[2])))


def read(text: str) -> list[Case]:
    """The cases of a file in the format above; ``[group]`` begins a group, ``#`` a comment."""
    cases: list[Case] = []
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif line and not line.startswith("#"):
            expected, name, request = line.split(" | ", 2)
            before, pending, after = expected.partition("pending")
            first = tuple(int(word) for word in before.split() if word.isdigit())
            later = tuple(int(word) for word in after.split() if word.isdigit())
            cases.append(Case(group, name, decoded(request), first, later, bool(pending), expected.split()[-1]))
    return cases


CASES = read(FILE.read_text("ascii"))
