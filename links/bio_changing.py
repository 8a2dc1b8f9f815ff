"""What changes of bio pages do inside their transaction: pages are made, edited, rendered again, deleted, together with
their codes, buttons, history and quota.

Each function decides first: one that raises :class:`LinkError` has written nothing. Times are epoch milliseconds.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from links import statements
from links.allocation import SQL as LINKS
from links.allocation import taken
from links.bio_model import BioPage, Button, PageDraft, Render
from links.bio_rows import (
    NO_DOCUMENT,
    Document,
    button_rows,
    buttons_by_page,
    document_of,
    history_text,
    page_of,
    page_row,
)
from links.domain_rules import check_case, ready_domains, refusal
from links.errors import Code, DnsError, LinkError, invalid
from links.model import DEFAULT_WORKSPACE, Link
from links.quotas import charge, refund
from links.rows import link_of, to_json
from links.slug import canonical_slug
from links.writer import Transaction

SQL = statements.load("links", "bio")

THING = "bio_pages"
"""What a page counts as (``quotas.THINGS``)."""


class _Code(NamedTuple):
    """A code that answers: its state is ``live`` or ``grace``."""

    id: int
    domain: str
    slug: str
    state: str
    until: int | None
    page: int


async def find(tx: Transaction, ref: str | int, workspace: int | None) -> BioPage:
    """A page by its public id or its number, of ``workspace`` where that is given. Raises :class:`LinkError`
    ``NOT_FOUND``."""
    rows = await tx.fetch(SQL["by_id" if isinstance(ref, int) else "by_public_id"], {"ref": ref})
    if not rows:
        raise no_such_page()
    buttons = buttons_by_page(await tx.fetch(SQL["buttons"], {"pages": to_json([rows[0][0]])}))
    page = page_of(rows[0], buttons.get(rows[0][0], ()))
    if workspace not in (None, page.workspace):
        raise no_such_page()
    return page


def no_such_page() -> LinkError:
    return LinkError(Code.NOT_FOUND, "no such bio page")


async def insert(tx: Transaction, draft: PageDraft, public_id: str, who: str, now: int) -> BioPage:
    """Make a page, unpublished. Raises :class:`LinkError` ``INVALID``, ``SLUG_TAKEN``, ``LIMIT`` or ``DNS``."""
    page = BioPage(
        id=0,
        public_id=public_id,
        workspace=draft.workspace,
        domain=draft.domain,
        slug="",
        title=draft.title,
        description=draft.description,
        page_data=draft.page_data,
        is_published=False,
        published_at=None,
        at_root=draft.at_root,
        due_at=None,
        rev=0,
        created_at=now,
        updated_at=now,
        buttons=draft.buttons,
    )
    page = await _with_free_slug(tx, page, draft.slugs)
    _check_buttons(page, (), await _links_of(tx, page))
    loser = await _loser_of_root(tx, page)
    await charge(tx, page.workspace, THING)  # last of what may refuse: it writes
    revs = 2 + (loser is not None)
    last, id_ = (await tx.fetch(SQL["take"], {"revs": revs, "ids": 1}))[0]
    tx.rev = last
    first = last - revs + 1
    page = msgspec.structs.replace(page, id=id_, rev=first + 1)
    await _leave_root(tx, loser, last, now)
    await tx.many(LINKS["insert_code"], [(page.domain, page.slug, id_, "live", None, first)])
    await tx.fetch(SQL["insert"], page_row(page, NO_DOCUMENT))
    await tx.many(SQL["insert_button"], button_rows(page))
    await tx.many(LINKS["insert_change"], [(page.rev, id_, now, who, "create", None)])
    return page


async def edit(
    tx: Transaction, old: BioPage, page: BioPage, render: Render, who: str, grace_ms: int, now: int
) -> BioPage:
    """Make of ``old`` what ``page`` says (but for rev and times), rendered where it is published.

    A new slug makes the old one answer for ``grace_ms`` more. Raises :class:`LinkError` ``INVALID`` or ``SLUG_TAKEN``.
    """
    links = await _links_of(tx, page)
    _check_buttons(page, old.buttons, links)
    renamed = page.slug != old.slug
    codes = await _codes_of(tx, old) if renamed else []
    if renamed:
        await _check_new_slug(tx, page, codes)
    loser = await _loser_of_root(tx, page)
    document = document_of(render(page, links, now)) if page.is_published else NO_DOCUMENT
    # The new name answers before the document is the new one, and the old name until after it.
    revs = 1 + 2 * renamed + (loser is not None)
    last = await _take(tx, revs)
    first = last - revs + 1
    page = msgspec.structs.replace(page, rev=first + renamed, due_at=document.due_at, updated_at=now)
    if renamed:
        await _rename(tx, page, codes, (first, first + 2), now + grace_ms if grace_ms else None)
    await _leave_root(tx, loser, last, now)
    await tx.fetch(SQL["update"], page_row(page, document))
    if page.buttons != old.buttons:
        await tx.fetch(SQL["delete_buttons"], {"page": page.id})
        await tx.many(SQL["insert_button"], button_rows(page))
    await tx.many(LINKS["insert_change"], [(page.rev, page.id, now, who, "edit", history_text(old))])
    return page


async def render_again(tx: Transaction, id_: int, render: Render, now: int) -> None:
    """Render a page as everything is now, if it is there and published. Workers hear of it only where it differs."""
    rows = await tx.fetch(SQL["by_id"], {"ref": id_})
    if not rows:
        return
    page = await find(tx, id_, None)
    if not page.is_published:
        return
    document = document_of(render(page, await _links_of(tx, page), now))
    if document.etag == (await tx.fetch(SQL["etag"], {"id": id_}))[0][0]:
        await tx.fetch(SQL["set_due"], {"id": id_, "due_at": document.due_at})
        return
    await tx.fetch(SQL["set_document"], _document_row(document) | {"id": id_, "rev": await _take(tx, 1)})


def _document_row(document: Document) -> dict[str, Any]:
    return {
        "document": document.body,
        "etag": document.etag,
        "policy": document.policy,
        "due_at": document.due_at,
    }


async def delete(tx: Transaction, page: BioPage, who: str, now: int) -> None:
    """Delete a page; all its slugs are free again."""
    codes = await _codes_of(tx, page)
    last = await _take(tx, len(codes) + 1)
    first = last - len(codes)
    rows = [{"id": code.id, "state": "gone", "until": None, "rev": first + n} for n, code in enumerate(codes)]
    await tx.many(LINKS["update_code"], rows)
    await tx.fetch(SQL["delete_buttons"], {"page": page.id})
    await tx.fetch(SQL["remove"], {"id": page.id, "rev": last, "now": now})
    await refund(tx, page.workspace, THING)
    await tx.many(LINKS["insert_change"], [(last, page.id, now, who, "delete", history_text(page))])


async def _take(tx: Transaction, revs: int) -> int:
    """Take ``revs`` revs; the last."""
    tx.rev = int((await tx.fetch(SQL["take"], {"revs": revs, "ids": 0}))[0][0])
    return tx.rev


# Slugs


async def _with_free_slug(tx: Transaction, page: BioPage, slugs: tuple[str, ...]) -> BioPage:
    """``page`` with the first of ``slugs`` that it may have."""
    domains = await ready_domains(tx, [page])
    refused: LinkError | None = None
    candidates = []
    for slug in slugs:
        try:
            candidate = msgspec.structs.replace(page, slug=canonical_slug(slug))
        except LinkError as error:
            refused = refused or error
            continue
        fault = refusal(candidate, domains, named=True)
        if isinstance(fault, DnsError):
            raise fault
        if fault is None:
            candidates.append(candidate)
        refused = refused or fault
    used = await taken(tx, [(candidate.domain, candidate.slug) for candidate in candidates])
    for candidate in candidates:
        if (candidate.domain, candidate.slug) not in used:
            return candidate
    raise slug_taken() if candidates or refused is None else refused


def slug_taken() -> LinkError:
    return LinkError(Code.SLUG_TAKEN, "is already in use", "slug")


async def _codes_of(tx: Transaction, page: BioPage) -> list[_Code]:
    rows = await tx.fetch(LINKS["codes_of_links"], {"links": to_json([page.id])})
    return [_Code(*row) for row in rows]


async def _check_new_slug(tx: Transaction, page: BioPage, codes: list[_Code]) -> None:
    """Raises :class:`LinkError` where a page cannot be renamed so; it may take back a slug that it had."""
    if page.slug in [code.slug for code in codes]:
        return
    if page.domain:
        await check_case(tx, page)
    if await taken(tx, [(page.domain, page.slug)]):
        raise slug_taken()


async def _rename(tx: Transaction, page: BioPage, codes: list[_Code], revs: tuple[int, int], until: int | None) -> None:
    """The slug of ``page`` is to lead to it, by the first of ``revs``; the one that did answers until ``until``, or no
    more, by the second."""
    new = next((code for code in codes if code.slug == page.slug), None)
    old = next(code for code in codes if code.state == "live")
    if new is None:
        await tx.many(LINKS["insert_code"], [(page.domain, page.slug, page.id, "live", None, revs[0])])
    else:
        await tx.fetch(LINKS["update_code"], {"id": new.id, "state": "live", "until": None, "rev": revs[0]})
    state = "gone" if until is None else "grace"
    await tx.fetch(LINKS["update_code"], {"id": old.id, "state": state, "until": until, "rev": revs[1]})


# Roots


async def _loser_of_root(tx: Transaction, page: BioPage) -> int | None:
    """The page that is no longer at its domain's root once ``page`` is. Raises :class:`LinkError` ``INVALID``."""
    if not page.at_root:
        return None
    if not page.domain and page.workspace != DEFAULT_WORKSPACE:
        raise invalid("at_root", "is for pages on a domain of the workspace's own: the server's own is everybody's")
    rows = await tx.fetch(SQL["root"], {"domain": page.domain})
    return rows[0][0] if rows and rows[0][0] != page.id else None


async def _leave_root(tx: Transaction, page: int | None, rev: int, now: int) -> None:
    # The rev is higher than that of the page that takes its place: no visitor finds the root empty.
    if page is not None:
        await tx.fetch(SQL["leave_root"], {"id": page, "rev": rev, "now": now})


# Buttons


async def _links_of(tx: Transaction, page: BioPage) -> Mapping[int, Link]:
    """The links of the page's buttons, by number."""
    ids = sorted({button.link for button in page.buttons if button.link is not None})
    if not ids:
        return {}
    links = map(link_of, await tx.fetch(LINKS["links_by_id"], {"refs": to_json(ids)}))
    return {link.id: link for link in links if link.workspace == page.workspace}


def _check_buttons(page: BioPage, before: tuple[Button, ...], links: Mapping[int, Link]) -> None:
    """Raises :class:`LinkError` ``INVALID`` for a button of a link that there is not. One that was there ``before`` may
    stay: its link has been deleted."""
    kept = {button.link for button in before}
    for n, button in enumerate(page.buttons):
        if button.link is not None and button.link not in links and button.link not in kept:
            raise invalid(f"buttons[{n}]", "leads to a link that there is not")
