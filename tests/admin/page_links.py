"""Links on bio pages that are kept in memory."""

from collections.abc import Sequence

from links.errors import invalid
from links.model import Link


class FakePageLinks:
    """``on``: the page that each link is on. There are the pages 1 to 9. ``calls``: what was called, for which page,
    with which label and icon."""

    def __init__(self) -> None:
        self.on: dict[int, int] = {}
        self.calls: list[tuple[str, int, str, str]] = []

    async def check(self, number: int, workspace: int, label: str) -> None:
        if not 1 <= number <= 9:
            raise invalid("bioPage", "is not the number of a bio page")
        self.calls.append(("check", number, label, ""))

    async def put(self, link: Link, number: int, label: str, icon: str, who: str) -> None:
        self.calls.append(("put", number, label, icon))
        self.on[link.id] = number

    async def take_off(self, link: Link, who: str) -> None:
        self.calls.append(("take_off", self.on.pop(link.id), "", ""))

    async def pages_of(self, links: Sequence[int]) -> dict[int, int]:
        return {link: self.on[link] for link in links if link in self.on}
