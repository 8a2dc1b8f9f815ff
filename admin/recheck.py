"""Looks again and again whether registered domains still point here, one after another."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from links.domain_service import DomainService, Registered
from links.errors import LinkError

log = logging.getLogger(__name__)

JITTER = 0.2
"""A round begins up to this part of the interval earlier: servers that were started together drift apart."""


async def recheck(
    domains: DomainService,
    registered: Registered,
    seconds: float,
    draw: Callable[[], float],
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Check every domain each ``seconds``, until cancelled. ``draw`` gives a random number from 0 to 1."""
    while True:
        await sleep(seconds * (1 - JITTER * draw()))
        for domain in registered.all():
            await _once(domains, domain.host)


async def _once(domains: DomainService, host: str) -> None:
    """Check one domain; a change of its status is told once, in the log."""
    try:
        seen = await domains.check_again(host)
    except LinkError as error:  # no worker there, the disk full: the next round looks again
        log.warning("%s could not be checked: %s", host, error.message)
        return
    if seen is None or seen[0].status == seen[1].status:
        return
    if seen[1].status == "active":
        log.info("%s points here", host)
    else:
        log.warning("%s does not point here any more: found %s", host, ", ".join(seen[1].found) or "no records")
