"""Whether a domain's DNS points to this server: a CNAME to its name, or addresses of its own and no others.

Asks resolvers and follows CNAMEs itself, so that name servers that do not (and loops) are dealt with too. One check
takes no longer than ``domains.timeout_seconds``.
"""

import asyncio
import ipaddress

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver

from admin.nameservers import nameserver_of
from admin.settings import DomainsSettings
from links.domain_rules import Checked
from links.errors import invalid
from links.hosts import FIELD

MOST_HOPS = 8
"""CNAMEs that are followed: more than anyone needs, and the end of a loop in any case."""

UNCONFIGURED = (
    "cannot be verified: this server does not know where it is reached; set domains.addresses or domains.cname_target "
    "in its configuration, or domains.verify = false"
)


class Unresolved(Exception):
    """There is no usable answer; the text says why, as it stands among the records found."""


class DnsCheck:
    """Checks hosts against ``settings``. Reads the system's resolvers at each check unless some are named there."""

    def __init__(self, settings: DomainsSettings) -> None:
        self._settings = settings
        self._target = settings.cname_target.lower().removesuffix(".")
        self._addresses = frozenset(str(ipaddress.ip_address(address)) for address in settings.addresses)

    def expected(self) -> tuple[str, ...]:
        """The records that a domain should have: the CNAME, or the addresses; none where nothing is checked."""
        return self._expected(self._addresses) if self._settings.verify else ()

    async def check(self, host: str) -> Checked:
        """Raises :class:`LinkError` ``INVALID`` where neither addresses nor a target are configured."""
        if not self._settings.verify:
            return Checked(True, looked=False)
        if not self._addresses and not self._target:
            raise invalid(FIELD, UNCONFIGURED)
        seconds = self._settings.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._check(host)
        except TimeoutError:
            return Checked(False, self.expected(), (f"no answer from DNS within {seconds} s",))

    async def _check(self, host: str) -> Checked:
        try:
            names, found = await self._resolve(host)
        except Unresolved as error:
            return Checked(False, self.expected(), (str(error),))
        records = (*(f"CNAME {name}." for name in names), *map(_record, sorted(found)))
        ours = self._addresses
        if self._target and not ours:
            # The name of the zone itself can have no CNAME (RFC 1034 §3.6.2): it has the addresses of the target.
            ours = await self._target_addresses()
        # Where the target was reached by name its addresses are its own affair.
        ok = bool(found) and (self._target in names or found <= ours)
        return Checked(ok, self._expected(ours), records)

    async def _target_addresses(self) -> frozenset[str]:
        try:
            return (await self._resolve(self._target))[1]
        except Unresolved:
            return frozenset()

    def _expected(self, addresses: frozenset[str]) -> tuple[str, ...]:
        name = (f"CNAME {self._target}.",) if self._target else ()
        return (*name, *map(_record, sorted(addresses)))

    async def _resolve(self, host: str) -> tuple[list[str], frozenset[str]]:
        """The names that CNAMEs lead to, in order, and the addresses at their end. Raises :class:`Unresolved`."""
        resolver = self._resolver()
        (names, four), (others, six) = [await _follow(resolver, host, kind) for kind in ("A", "AAAA")]
        return names or others, frozenset(four + six)

    def _resolver(self) -> dns.asyncresolver.Resolver:
        try:
            resolver = dns.asyncresolver.Resolver(configure=not self._settings.nameservers)
        except dns.resolver.NoResolverConfiguration:
            raise Unresolved("no name server is configured on this machine") from None
        if self._settings.nameservers:
            resolver.nameservers = [
                dns.nameserver.Do53Nameserver(*nameserver_of(text)) for text in self._settings.nameservers
            ]
        resolver.lifetime = float(self._settings.timeout_seconds)
        return resolver


async def _follow(resolver: dns.asyncresolver.Resolver, host: str, kind: str) -> tuple[list[str], list[str]]:
    """The CNAMEs from ``host`` on, and the addresses of one kind. Raises :class:`Unresolved`."""
    names: list[str] = []
    name = host
    while True:
        try:
            answer = await resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            if names:
                raise Unresolved(f"CNAME {name}., which does not exist") from None
            raise Unresolved("no such name") from None
        except (dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers) as error:
            raise Unresolved(_why(error)) from None
        except dns.exception.DNSException as error:
            raise Unresolved(f"no usable answer from DNS ({type(error).__name__})") from None
        for alias in answer.chaining_result.cnames:
            names += [str(record.target).lower().removesuffix(".") for record in alias]
        if answer.rrset is not None:
            return names, [str(record.address) for record in answer.rrset]
        if not names or names[-1] == name:
            return names, []
        if len(names) > MOST_HOPS or len(set(names)) < len(names) or host in names:
            raise Unresolved("a loop of CNAMEs, or too many of them")
        name = names[-1]


def _why(error: dns.exception.DNSException) -> str:
    if isinstance(error, dns.resolver.LifetimeTimeout):
        return "no answer from DNS in time"
    return "the name servers answer with an error (SERVFAIL or the like)"


def _record(address: str) -> str:
    return f"{'AAAA' if ':' in address else 'A'} {address}"
