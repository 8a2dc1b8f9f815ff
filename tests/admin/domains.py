"""Domains of their own that are kept in memory."""

from collections.abc import Mapping
from typing import Any

import msgspec

from links.domain_rules import Domain
from links.errors import Code, DnsError, LinkError, invalid
from links.hosts import host_of
from links.quotas import over

EXPECTED = ("CNAME links.example.com.",)
NOW = 1_774_103_400_500  # 2026-03-21T14:30:00.500Z


def domain(id_: int = 1, host: str = "go.example.com", **fields: Any) -> Domain:
    values: dict[str, Any] = {
        "id": id_,
        "host": host,
        "workspace": 1,
        "spare": False,
        "status": "active",
        "expected": EXPECTED,
        "found": EXPECTED,
        "checked_at": NOW,
        "verified_at": NOW,
        "redirect_status": None,
        "root_redirect": "",
        "not_found_redirect": "",
        "ignores_case": False,
        "robots": "allow",
        "rev": id_,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Domain(**(values | fields))


class FakeDomains:
    """Hosts that begin with ``pending`` do not point here. ``failing`` is raised by what is awaited next."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.domains: dict[int, Domain] = {}
        self.failing: Exception | None = None
        self.most: int | None = None

    @property
    def registered(self) -> "FakeDomains":
        return self

    def __contains__(self, authority: object) -> bool:
        return any(one.host == authority for one in self.domains.values())

    def may_have_certificate(self, name: str) -> bool:
        return any(one.host == name and one.status == "active" for one in self.domains.values())

    def host_for(self, name: str | None, workspace: int) -> str:
        if name is None or name.lower() == self.own:
            return ""
        found = [one for one in self.all(workspace) if one.host == host_of(name) and one.status == "active"]
        if not found:
            raise DnsError(EXPECTED, ())
        return found[0].host

    def all(self, workspace: int) -> list[Domain]:
        return [one for one in self.domains.values() if one.workspace == workspace]

    async def add(self, name: str, workspace: int, *, spare: bool) -> Domain:
        self._fail()
        host = host_of(name)
        if host in self:
            raise invalid("host", "is registered already")
        if self.most is not None and len(self.domains) >= self.most:
            raise over("domains")
        id_ = len(self.domains) + 1
        waits: dict[str, Any] = {"status": "pending", "found": (), "verified_at": None}
        more = waits if host.startswith("pending") else {}
        self.domains[id_] = domain(id_, host, workspace=workspace, spare=spare, **more)
        return self.domains[id_]

    async def verify(self, id_: int, workspace: int) -> Domain:
        found = self._get(id_, workspace)
        if found.status != "active":
            raise DnsError(found.expected, ("A 198.51.100.9",))
        return found

    async def set(self, id_: int, workspace: int, wanted: Mapping[str, Any]) -> Domain:
        self.domains[id_] = msgspec.structs.replace(self._get(id_, workspace), **wanted)
        return self.domains[id_]

    async def remove(self, id_: int, workspace: int) -> None:
        self._get(id_, workspace)
        del self.domains[id_]

    def _get(self, id_: int, workspace: int) -> Domain:
        self._fail()
        found = self.domains.get(id_)
        if found is None or found.workspace != workspace:
            raise LinkError(Code.NOT_FOUND, "there is no such domain")
        return found

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing
