"""The slugs that a worker answers: for each domain, paths and the packed entries they lead to; and bio pages.

A domain's table is 256 dicts, chosen by the path's hash. One big dict copies itself when it grows, and no redirect is
answered meanwhile: 11 ms at 350,000 links, 104 ms at 2.8 million. Spread over 256 the same copies are 256 times
smaller and come one at a time.

Knows neither what an entry says nor which domain a request is for; an unknown domain is unknown here.
"""

from collections.abc import Mapping

from server.bio_page import BioPage
from server.domains import DomainSettings

SHARDS = 256
SHARD_MASK = SHARDS - 1

Shards = list[dict[bytes, bytes]]


class Table:
    """Entries by domain (``b""`` is the default domain) and path (as links.slug.slug_path makes it: no leading ``/``).

    The default domain is always there. Another one is there once a change of it has been seen, and stays, without
    links too: whether a host is one of ours must not depend on whether its last link is gone. It leaves, and its links
    with it, when it is removed.
    """

    def __init__(self) -> None:
        self._domains: dict[bytes, Shards] = {b"": _new_shards()}
        self._quick = dict(self._domains)
        self._settings: dict[bytes, DomainSettings] = {}
        self._pages: dict[int, BioPage] = {}
        self._roots: dict[bytes, int] = {}

    def __len__(self) -> int:
        """The number of paths over all domains."""
        return sum(len(shard) for shards in self._domains.values() for shard in shards)

    def __contains__(self, domain: bytes) -> bool:
        """Whether ``domain`` is there."""
        return domain in self._domains

    def domains(self) -> tuple[bytes, ...]:
        """The domains that are there."""
        return tuple(self._domains)

    def set_domain(self, domain: bytes, settings: DomainSettings | None) -> None:
        """``domain`` answers by ``settings`` from now on; ``None``: it is none of ours any more."""
        if settings is None:
            for kept in (self._settings, self._domains, self._quick, self._roots):
                kept.pop(domain, None)
        else:
            shards = self.shards(domain)
            self._quick[domain] = shards if settings.redirect_status is None else _NOTHING
            self._settings[domain] = settings

    def settings(self, domain: bytes) -> DomainSettings | None:
        """What ``domain`` answers differently from the server; ``None`` where that is nothing."""
        return self._settings.get(domain)

    def set_page(self, domain: bytes, page_id: int, page: BioPage | None, *, at_root: bool) -> None:
        """The bio page of that id, which is on ``domain`` for ever, is ``page`` from now on (``None``: not published),
        and stands at the domain's root or does not."""
        if page is None:
            self._pages.pop(page_id, None)
        else:
            self._pages[page_id] = page
        if at_root:
            self._roots[domain] = page_id
        elif self._roots.get(domain) == page_id:
            del self._roots[domain]

    def page(self, page_id: int) -> BioPage | None:
        """The bio page of that id, if it is published."""
        return self._pages.get(page_id)

    def root(self, domain: bytes) -> BioPage | None:
        """The bio page at the root of ``domain``, if one is there."""
        page_id = self._roots.get(domain)
        return None if page_id is None else self._pages.get(page_id)

    def quick(self) -> Mapping[bytes, Shards]:
        """The dicts of each domain, as they are at any time: for who looks up at every request, and answers a plain
        entry as the server does. Those of a domain that answers it otherwise are empty."""
        return self._quick

    def get(self, domain: bytes, path: bytes) -> bytes | None:
        """The entry of ``path`` on ``domain``; ``None`` where either is unknown."""
        shards = self._domains.get(domain)
        return None if shards is None else shards[hash(path) & SHARD_MASK].get(path)

    def put(self, domain: bytes, path: bytes, entry: bytes) -> None:
        """``path`` on ``domain`` leads to ``entry`` from now on."""
        self.shards(domain)[hash(path) & SHARD_MASK][path] = entry

    def remove(self, domain: bytes, path: bytes) -> None:
        """``path`` on ``domain`` leads nowhere from now on; nothing happens where it did not."""
        self.shards(domain)[hash(path) & SHARD_MASK].pop(path, None)

    def shards(self, domain: bytes) -> Shards:
        """The dicts of ``domain``, made where it is new: for loops that cannot afford a call for each path.

        A path belongs into ``shards[hash(path) & SHARD_MASK]``.
        """
        found = self._domains.get(domain)
        if found is None:
            found = self._domains[domain] = self._quick[domain] = _new_shards()
        return found


def _new_shards() -> Shards:
    # 22 KB a domain while empty: little for the hundreds of domains that a box has, and look-ups need no second kind.
    return [{} for _ in range(SHARDS)]


_NOTHING = _new_shards()
