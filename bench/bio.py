"""What a bio page costs: one worker with 100,000 links and 1,000 pages, asked for pages in each form and for links.

In each round every kind of request has a turn, and the order is another. A page is what the renderer makes of twenty
buttons. Requests have the usual heads, with Accept-Encoding and If-None-Match as the kind wants them; wrk asks in a
closed loop. CPU time is the worker's, by the kernel's accounting: with the journal, and with writing to the socket,
which is what the larger answers cost.
"""

import asyncio
import random
import re
import socket
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench import contestants, cores, machine, tools, traffic, verify
from bench.heads import HOST, header_sections
from bench.redirects import WARM_UP_SECONDS, spread
from bench.report import Table
from bench.wrk import CONNECTIONS, drive
from bio.page import Button, Page, Rendered
from bio.render import render
from links import database
from links.bio_model import BioPage, PageDraft
from links.bio_pages import BioPages
from links.ids import RANDOM_BYTES, uuid7
from links.model import Link
from links.store import LinkStore
from tests.flows.product import Product

PAGES = 1_000
BUTTONS = 20
ROUNDS = 3
SECONDS = 4
SEED = 17
NOW = 1_800_000_000_000
PLAIN = "redirect"
ZIPPED = "Accept-Encoding: gzip, deflate, br, zstd\r\n"
_ACCEPT = re.compile(r"(?im)^accept-encoding:[^\n]*\n")
COLUMNS = ["", "CPU µs a request", "of it in the kernel", "ratio to a redirect", "answers/s", "bytes an answer"]


class Nobody:
    """No worker follows while the pages are made."""

    async def reached(self, rev: int) -> None: ...

    def check_all_present(self) -> None: ...


def document(page: BioPage, links: Mapping[int, Link], now: int) -> Rendered:
    rng = random.Random(page.slug)
    words = [f"{rng.choice(('Shop', 'Blog', 'Videos', 'Tickets', 'Photos'))} {n}" for n in range(BUTTONS)]
    buttons = tuple(Button(label=word, href=f"https://{HOST}/{page.slug}-{n}?bio=1") for n, word in enumerate(words))
    return render(Page(title=page.title, url=f"https://{HOST}/{page.slug}", buttons=buttons), now)


async def store_pages(path: Path) -> None:
    """Put the pages into a database, published."""
    rng = random.Random(SEED)
    store = await LinkStore.open(path, lambda: NOW, lambda _: None, bulk=True)
    try:
        pages = BioPages(store, Nobody(), document, lambda: NOW, lambda: uuid7(NOW, rng.randbytes(RANDOM_BYTES)), 0)
        drafts = [PageDraft(slugs=(f"page{n}",), title=f"Page {n}") for n in range(PAGES)]
        made = await asyncio.gather(*(pages.create(draft, "bench") for draft in drafts))
        await asyncio.gather(*(pages.publish(page.public_id, page.workspace, "bench") for page in made))
    finally:
        await store.close()


def requests(etags: list[str], kind: str) -> list[bytes]:
    """Those of one kind: ``SLUGS`` of them, under the usual heads."""
    if kind == PLAIN:
        return traffic.usual()
    rng = random.Random(SEED)
    sections = [_ACCEPT.sub("", section) for section in header_sections(traffic.HEADS)]
    made = []
    for _ in range(traffic.SLUGS):
        page = rng.randrange(PAGES)
        section = rng.choice(sections)
        if kind != "page, no coding":
            section = section.replace("\r\n", f"\r\n{ZIPPED}", 1)
        if kind == "page, 304":
            section = section.replace("\r\n", f"\r\nIf-None-Match: {etags[page]}\r\n", 1)
        made.append(f"GET /page{page} HTTP/1.1\r\n{section}".encode())
    return made


KINDS = {PLAIN: 301, "page, gzip": 200, "page, no coding": 200, "page, 304": 304}


def etags_of(port: int) -> list[str]:
    """Of each page, as gzip."""
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=verify.TIMEOUT_S) as connection:
        for n in range(PAGES):
            request = f"GET /page{n} HTTP/1.1\r\nHost: {HOST}\r\n{ZIPPED}\r\n".encode()
            status, headers, _ = verify.answer(connection, request)
            if (status, headers.get("content-encoding")) != (200, "gzip"):
                raise verify.WrongAnswer(f"{status} {headers}: {request!r}")
            found.append(headers["etag"])
    return found


def answer_bytes(port: int, request: bytes, status: int) -> int:
    """The size of the answer to one request. Raises ``verify.WrongAnswer`` for another status."""
    with socket.create_connection(("127.0.0.1", port), timeout=verify.TIMEOUT_S) as connection:
        connection.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        data = b""
        while more := connection.recv(65_536):
            data += more
    if not data.startswith(b"HTTP/1.1 %d " % status):
        raise verify.WrongAnswer(f"no {status}: {data[:200]!r}")
    return len(data) - len(b"Connection: close\r\n")


class Turn(msgspec.Struct):
    """One kind in one round: CPU in µs a request, answers a second."""

    user: float
    system: float
    rate: float


def take_turn(product: Product, pids: list[int], script: Path) -> Turn:
    drive(script, product.port, WARM_UP_SECONDS)
    before = machine.cpu_split(pids)
    driven = drive(script, product.port, SECONDS)
    user, system = (now - then for now, then in zip(machine.cpu_split(pids), before, strict=True))
    return Turn(user / driven.count * 1e6, system / driven.count * 1e6, driven.count / driven.seconds)


def measure(product: Product, pids: list[int], directory: Path) -> list[list[str]]:
    etags = etags_of(product.port)
    scripts, sizes = {}, {}
    for kind, status in KINDS.items():
        asked = requests(etags, kind)
        sizes[kind] = answer_bytes(product.port, asked[0], status)
        file = traffic.write(directory / kind.replace(", ", "-"), asked)
        scripts[kind] = traffic.write_wrk_script(file.with_suffix(".lua"), file)
    turns: dict[str, list[Turn]] = {kind: [] for kind in KINDS}
    kinds = list(KINDS)
    for round_ in range(ROUNDS):
        for kind in kinds[round_:] + kinds[:round_]:
            turns[kind].append(take_turn(product, pids, scripts[kind]))
    rows = []
    for kind, own in turns.items():
        costs = [turn.user + turn.system for turn in own]
        plain = [turn.user + turn.system for turn in turns[PLAIN]]
        ratios = [cost / other for cost, other in zip(costs, plain, strict=True)]
        share = statistics.median(turn.system / cost for turn, cost in zip(own, costs, strict=True))
        rate = statistics.median(turn.rate for turn in own)
        rows.append([kind, spread(costs), f"{share:.0%}", spread(ratios), f"{rate:,.0f}", f"{sizes[kind]:,}"])
    return rows


def run(directory: Path) -> Table:
    """The table of this scenario."""
    if tools.find("wrk") is None:
        return Table("Bio pages", "Not measured: wrk is not installed (Debian: wrk).")
    place = directory / f"product-{time.monotonic_ns()}"
    place.mkdir()
    noise = machine.Noise()
    product = contestants.product_of(place, traffic.SLUGS)
    asyncio.run(store_pages(product.data / database.FILE_NAME))
    with contestants.started(product) as pids:
        rows = measure(product, pids, place)
    remarks = f"wrk, {CONNECTIONS} connections. {cores.describe().capitalize()}. {noise}"
    return Table("Bio pages", (__doc__ or "").strip(), COLUMNS, rows, remarks)
