"""``fingerpost qr``: the QR code of a link, in the terminal or in a file.

The file is what the API answers for the link: its own look, its own logo. The terminal gets plain modules, two of them
in each character.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from fingerpost import datadir
from fingerpost.config import Loaded, base_url
from fingerpost.errors import CommandError
from fingerpost.wiring import now_ms
from links import database
from links.hosts import host_of
from links.model import Link
from links.slug import canonical_slug, folded, slug_path
from links.store import LinkStore

FORMATS = ("svg", "png", "pdf")

QUIET_ZONE = 4
"""Modules, as the standard asks for (ISO/IEC 18004)."""

BLACK_ON_WHITE = "\033[38;5;16;48;5;231m"
RESET = "\033[0m"
"""The colours are said, not left to the terminal: on a dark ground a code would be the wrong way round."""

HALVES = " ▄▀█"
"""By which halves are filled: none, the lower, the upper, both."""


def show(loaded: Loaded, slug: str, domain: str | None) -> None:
    """Print the code of a link."""
    _, data = _found(loaded, slug, domain)
    rows = _modules(data)
    if not sys.stdout.isatty():
        click.echo("\n".join(half_blocks(rows, dark_is_filled=False)))
        return
    if shutil.get_terminal_size().columns < len(rows[0]):
        raise CommandError(
            f"the terminal must be {len(rows[0])} columns wide for this code; or name a file by --output"
        )
    for line in half_blocks(rows, dark_is_filled=True):
        click.echo(f"{BLACK_ON_WHITE}{line}{RESET}", color=True)


def _modules(data: str) -> list[Sequence[int]]:
    """Rows of modules, 1 is dark, with the quiet zone."""
    import segno

    code = segno.make(data, error="m", micro=False)
    return [bytes(row) for row in code.matrix_iter(border=QUIET_ZONE)]


def half_blocks(rows: list[Sequence[int]], *, dark_is_filled: bool) -> list[str]:
    """Lines of text, two rows of modules in each. ``dark_is_filled``: for black on white; else the other way round, as
    most terminals are."""
    light = [0] * len(rows[0])
    padded = [*rows, light] if len(rows) % 2 else rows
    flip = 0 if dark_is_filled else 1
    return [
        "".join(HALVES[2 * (upper ^ flip) + (lower ^ flip)] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(padded[::2], padded[1::2], strict=True)
    ]


def write(loaded: Loaded, slug: str, domain: str | None, output: str, size: int) -> None:
    """Write the code of a link to ``output``, as its ending says. ``size``: of a module, in pixels."""
    format_ = Path(output).suffix.lower().removeprefix(".")
    if format_ not in FORMATS:
        raise click.UsageError(f"{output}: must end with {', '.join(f'.{name}' for name in FORMATS)}")
    picture = _drawn(loaded, slug, domain, format_, size)
    path = Path(output).resolve()
    if path.exists() and not path.is_file():  # a pipe or a device has no place to take
        path.write_bytes(picture)
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(picture)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _drawn(loaded: Loaded, slug: str, domain: str | None, format_: Any, size: int) -> bytes:
    from admin.qr_codes import look_of
    from admin.qr_jobs import Done, Job, Logo
    from admin.qr_process import answer

    link, data = _found(loaded, slug, domain)
    look = look_of(link)
    logo = Logo(url=look.logo_url) if look.logo_url else None
    if look.asset and (path := asyncio.run(_logo_path(loaded, look.asset, link.workspace))):
        logo = Logo(path=path)
    outcome = answer(Job(design=look.design, data=data, format=format_, size=size, logo=logo))
    if not isinstance(outcome, Done):
        raise CommandError(f"{look.field(outcome.field)}: {outcome.message}")
    return outcome.body


async def _logo_path(loaded: Loaded, asset: str, workspace: int) -> str:
    from admin.asset_files import DIRECTORY, AssetFiles
    from links.assets import AssetStore

    store = await LinkStore.open(loaded.data_dir / database.FILE_NAME, now_ms, lambda _: None)
    try:
        files = AssetFiles(loaded.data_dir / DIRECTORY, AssetStore(store, now_ms, os.urandom, 0), os.urandom)
        return await files.logo_path(asset, workspace)
    finally:
        await store.close()


def _found(loaded: Loaded, slug: str, domain: str | None) -> tuple[Link, str]:
    """The link, and what its code holds. Raises :class:`CommandError` where there is none."""
    datadir.require(loaded.data_dir)
    database.check_schema(loaded.data_dir / database.FILE_NAME)
    host = "" if domain is None or domain.lower() == urlsplit(base_url(loaded.config)).netloc else host_of(domain)
    link = asyncio.run(_link(loaded, host, canonical_slug(slug)))
    if link is None:
        raise CommandError(f"there is no link {slug}" + (f" on {domain}" if host else ""))
    scheme, _, _ = base_url(loaded.config).partition("://")
    base = f"{scheme}://{host}" if host else base_url(loaded.config)
    return link, f"{base}/{slug_path(link.slug).decode('ascii')}?qr=1"


async def _link(loaded: Loaded, host: str, slug: str) -> Link | None:
    store = await LinkStore.open(loaded.data_dir / database.FILE_NAME, now_ms, lambda _: None)
    try:
        found = await store.by_slugs(host, [slug, folded(slug)] if host else [slug])
        return found.get(slug) or found.get(folded(slug))
    finally:
        await store.close()
