"""Visits on their way into the journal: which answers are one, and what of the request is kept.

Pure: where visits go is passed in.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from clicks.record import NO_RULE, NOT_FOUND, Section
from clicks.redact import redacted
from server.answer import Answer
from server.entry import pack_head


class Visit(Protocol):
    """``clicks.journal.Journal.visit``."""

    def __call__(
        self, kind: int, link: bytes, peer: bytes, section: Section, request: bytes, rule: int = NO_RULE, /
    ) -> None: ...


class Visits:
    """Hands visits on. ``not_found``: those of links that do not exist too.

    ``answered``: how many answers there were, by the kind of visit (0 for none) and status; those of the fast path's
    short cut, which calls ``visit`` itself, are not among them.
    """

    def __init__(self, visit: Visit, *, not_found: bool) -> None:
        self.visit = visit
        self.answered: Counter[tuple[int, int]] = Counter()
        self._not_found = not_found

    def record(self, answer: Answer, peer: bytes, section: Section, method: bytes, target: bytes) -> None:
        """Record that ``answer`` is given, if that is a visit. Call it before the answer is sent."""
        self.answered[answer.visit, answer.status] += 1
        if answer.visit and (answer.visit != NOT_FOUND or self._not_found):
            self.visit(answer.visit, pack_head(answer.link_id), peer, section, method + b" " + target, answer.rule)

    def record_fields(
        self, answer: Answer, peer: bytes, fields: Iterable[tuple[bytes, bytes]], method: bytes, target: bytes
    ) -> None:
        """As :meth:`record`, out of header fields that a parser took apart."""
        if not answer.visit:
            self.answered[0, answer.status] += 1
            return
        kept = list(fields)
        text = b"".join([b"\r\n%s: %s" % field for field in kept]) + b"\r\n\r\n"
        section = Section(redacted(text, {name.lower() for name, _ in kept}))
        self.record(answer, peer, section, method, target)


def nobody(kind: int, link: bytes, peer: bytes, section: Section, request: bytes, rule: int = NO_RULE, /) -> None:
    """Where visits go that are not to be recorded."""
