"""``fingerpost links import`` and ``export``: files, standard streams and a progress bar around ``links.importer``."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import click

from fingerpost import datadir
from fingerpost.config import Loaded, base_url
from fingerpost.errors import CommandError
from fingerpost.wiring import now_ms
from links import database, transfer
from links.domain_service import Registered
from links.domains import DomainStore
from links.errors import invalid
from links.hub import nudge
from links.ids import RANDOM_BYTES, uuid7
from links.importer import Counts, Importer, Teller
from links.model import NOBODY, Draft
from links.restoring import RestoringStore
from links.service import Drafts
from links.store import LinkStore
from links.workspaces import Workspaces

EXPORT_PAGE = 1_000
READERS = {"csv": transfer.read_csv, "jsonl": transfer.read_jsonl}
WRITERS = {"csv": transfer.csv_line, "jsonl": transfer.jsonl_line}


def import_file(loaded: Loaded, file: str, format_: str) -> bool:
    """Import ``file``; whether every row went in. Bad rows go to stderr, the result to stdout."""
    datadir.require(loaded.data_dir)
    database.check_schema(loaded.data_dir / database.FILE_NAME)
    with click.open_file(file, "rb") as source:
        size = os.fstat(source.fileno()).st_size if file != "-" else 0
        # A person sees a bar; a log file does not want one.
        bar: Any = click.progressbar(length=size, label="importing", file=sys.stderr, hidden=not sys.stderr.isatty())
        with bar:
            rows = READERS[format_](_text_lines(source, bar.update))
            counts = asyncio.run(_import(loaded, rows))
    click.echo(f"{counts.created} created, {counts.unchanged} unchanged, {counts.failed} failed")
    return counts.failed == 0


def _text_lines(source: IO[bytes], advance: Callable[[int], None]) -> Iterator[str]:
    """Lines as text; what is no UTF-8 becomes surrogates, which make a row a bad row."""
    encoding = "utf-8-sig"  # of the first line: spreadsheets begin a file with a byte order mark
    for line in source:
        advance(len(line))
        yield line.decode(encoding, "surrogateescape")
        encoding = "utf-8"


def _report(row: transfer.BadRow) -> None:
    click.echo(f"line {row.line}: {row.reason}", err=True)


async def _import(loaded: Loaded, rows: Iterable[transfer.Row]) -> Counts:
    settings = loaded.config.links
    hosts = frozenset({urlsplit(base_url(loaded.config)).netloc})
    registered = Registered(base_url(loaded.config))
    drafts = Drafts(settings, hosts, os.urandom, lambda: uuid7(now_ms(), os.urandom(RANDOM_BYTES)), registered)
    teller = Teller(partial(nudge, loaded.data_dir))
    store = await RestoringStore.open(loaded.data_dir / database.FILE_NAME, now_ms, teller.committed, bulk=True)
    try:
        registered.put(await DomainStore(store, now_ms).all())
        workspaces = {workspace.id for workspace in await Workspaces(store, now_ms).all()}
        check = _check_of(registered, settings.schemes, workspaces | {NOBODY})
        async with teller.running():
            return await Importer(store, drafts, check, _report, time.monotonic).run(rows)
    finally:
        await store.close()


def _check_of(registered: Registered, schemes: tuple[str, ...], workspaces: Container[int]) -> Callable[[Draft], None]:
    """Raises :class:`LinkError` for a workspace that there is not, and for rules that the API would refuse."""

    @cache
    def check_rules() -> Callable[[list[Any]], None]:
        from admin.validation import context
        from fingerpost.checked_rows import check_rules

        return partial(check_rules, context=context(registered.own, schemes, registered))

    def check(draft: Draft) -> None:
        if draft.workspace not in workspaces:
            raise invalid("workspace", f"there is no workspace {draft.workspace}")
        if draft.rules:
            check_rules()(list(draft.rules))

    return check


def export_file(loaded: Loaded, file: str, format_: str, *, with_passwords: bool = False) -> None:
    """Write every link, by id; of passwords the hashes, where that is wanted."""
    datadir.require(loaded.data_dir)
    database.check_schema(loaded.data_dir / database.FILE_NAME)
    with _written(file) as out:
        if format_ == "csv":
            out.write(transfer.csv_header())
        withheld = asyncio.run(_export(loaded, WRITERS[format_], out.write, with_passwords=with_passwords))
    if withheld:
        click.echo(
            f"{withheld} {'link asks' if withheld == 1 else 'links ask'} for a password, which was not exported: an "
            "import refuses them. --with-passwords writes the hashes.",
            err=True,
        )


@contextmanager
def _written(file: str) -> Iterator[IO[str]]:
    """What is written takes the place of ``file`` at the end; an export that fails leaves the old file as it was.

    ``-``, pipes and devices have no place to take. Raises :class:`CommandError` where nothing can be written.
    """
    path = Path(file).resolve()
    if file == "-" or (path.exists() and not path.is_file()):
        with click.open_file(file, "w", encoding="utf-8") as out:
            yield out
        return
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise CommandError(f"{file}: nothing can be written to that directory")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "w", encoding="utf-8") as out:
            if path.exists():
                os.fchmod(out.fileno(), path.stat().st_mode)
            yield out
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


async def _export(
    loaded: Loaded, line_of: Callable[..., str], write: Callable[[str], object], *, with_passwords: bool
) -> int:
    """Write every link; how many passwords were withheld."""
    store = await LinkStore.open(loaded.data_dir / database.FILE_NAME, now_ms, lambda _: None)
    try:
        after = withheld = 0
        while page := await store.export(after, EXPORT_PAGE):
            for link in page:
                write(line_of(link, with_passwords=with_passwords))
                withheld += link.password is not None and not with_passwords
            after = page[-1].id
        return withheld
    finally:
        await store.close()
