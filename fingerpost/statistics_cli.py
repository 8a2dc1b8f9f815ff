"""``fingerpost clicks erase`` and ``reclassify``."""

import time
from contextlib import closing
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import click

from clicks.agent_kinds import AgentKinds, lists_version
from clicks.dimensions import SEPARATOR
from clicks.erase import erase_before, erase_link
from clicks.families import family_of
from clicks.reclassify import Agent, Moved
from clicks.reclassify import reclassify as run
from fingerpost import datadir
from fingerpost.config import Loaded
from fingerpost.errors import CommandError
from fingerpost.owners import Owners
from fingerpost.visits import codes_of
from links import database

REMEMBERED = 100_000


def erase_slug(loaded: Loaded, slug: str) -> None:
    """Erase what was counted of the link, or bio page, that has the slug, or had it last; with ``domain/`` in front
    where that is not the server's own. Raises :class:`CommandError` where there never was one."""
    datadir.require(loaded.data_dir)
    path = loaded.data_dir / database.FILE_NAME
    database.check_schema(path)
    found = 0
    for domain, code, link_id, is_live in codes_of(path):
        name = f"{domain.decode()}/{code.decode()}" if domain else code.decode()
        if name == slug and (is_live or not found):
            found = link_id
    if not found:
        raise CommandError("there is no link of that slug, and never was")
    erase_link(loaded.data_dir, found, time.time_ns() // 1_000_000)


def erase_until(loaded: Loaded, day: date) -> None:
    """Erase what is older than ``day``, but for totals."""
    datadir.require(loaded.data_dir)
    erase_before(loaded.data_dir, day)


def reclassify(loaded: Loaded) -> None:
    """Classify single visits anew, and tell how many are something else now."""
    datadir.require(loaded.data_dir)
    kinds = AgentKinds()

    @lru_cache(REMEMBERED)
    def classify(user_agent: bytes) -> Agent:
        return Agent(kinds.kind_of(user_agent.decode("latin-1")), SEPARATOR.join(family_of(user_agent)))

    def tell(month: str, moved: Moved) -> None:
        click.echo(f"{month}: {moved.visits} visits of {moved.profiles} profiles")

    click.echo(f"lists: {lists_version()}")
    database.check_schema(loaded.data_dir / database.FILE_NAME)
    with closing(Owners(loaded.data_dir / database.FILE_NAME)) as owners:
        run(loaded.data_dir, classify, owners.of, ZoneInfo(loaded.config.stats.timezone), tell)
