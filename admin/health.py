"""``GET /healthz`` of the admin: speaks for the database and for all redirect workers."""

import sqlite3

from links.hub import Hub
from links.store import LinkStore


class Health:
    """``expected``: how many workers must be answering; 0 where this process does not know."""

    def __init__(self, store: LinkStore, hub: Hub, expected: int) -> None:
        self._store = store
        self._hub = hub
        self._expected = expected

    async def __call__(self) -> tuple[int, dict[str, object]]:
        """HTTP status and JSON: 200 once the database answers and every worker follows, else 503 with the reason."""
        reason = None
        try:
            rev = await self._store.rev()
        except sqlite3.Error as error:
            rev, reason = self._hub.rev, f"database: {error}"
        if reason is None and not self._store.writer.is_working:
            reason = "database: changes cannot be written"
        missing = self._hub.missing()
        if reason is None and self._hub.workers < self._expected:
            reason = f"{self._hub.workers} of {self._expected} redirect workers follow"
        elif reason is None and missing:
            reason = f"{len(missing)} redirect workers are reconnecting"
        body: dict[str, object] = {"status": "unavailable" if reason else "ok"}
        if reason:
            body["reason"] = reason
        body |= {"rev": rev, "workers": self._hub.workers, "slowest_worker_rev": self._hub.slowest}
        if self._hub.warnings:
            body["warnings"] = self._hub.warnings
        return (503 if reason else 200), body
