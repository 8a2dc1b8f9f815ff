"""How many connections the limit for open files leaves room for."""

import logging
import resource

log = logging.getLogger(__name__)

RESERVED = 128
"""Descriptors that are no connections: listening sockets of all slots, database, journal, and what is opened for a
moment."""


def fitting(wanted: int) -> int:
    """``wanted`` connections, or as many as may be open. Raises this process's soft limit as far as that needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted + RESERVED if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted + RESERVED:
        soft = min(wanted + RESERVED, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    room = wanted if soft == resource.RLIM_INFINITY else max(soft - RESERVED, soft // 2)
    if room < wanted:
        log.warning("server.max_connections is %d, and %d files may be open: taking %d", wanted, soft, room)
    return min(wanted, room)
