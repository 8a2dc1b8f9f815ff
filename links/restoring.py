"""A store for imports: links that come with the time of their making keep it."""

from collections.abc import Sequence
from typing import Any

from links import statements
from links.allocation import Prepared
from links.errors import LinkError
from links.model import Link
from links.store import LinkStore
from links.writer import Transaction

SQL = statements.load("links", "transfer")


class RestoringStore(LinkStore):
    """A :class:`LinkStore` that makes a link with the ``created_at`` that it is given, if that is not 0. Its history
    says when it was imported."""

    async def _insert(
        self, tx: Transaction, creates: Sequence[tuple[list[Prepared], str]]
    ) -> list[list[Link | LinkError]]:
        outcomes = await super()._insert(tx, creates)
        times: list[tuple[Any, ...]] = [
            (item.link.created_at, made.id)
            for create, each in zip(creates, outcomes, strict=True)
            for item, made in zip(create[0], each, strict=True)
            if item.link.created_at and isinstance(made, Link)
        ]
        await tx.many(SQL["set_created_at"], times)
        return outcomes
