"""Many clients at once: one winner for each slug, and nobody sees a locked database."""

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing

from links import database
from tests.flows.product import KEY, Client, Product
from tests.flows.trials import LIMIT_S, run

CLIENTS = 64
LINKS = 20_000
CONTESTED = 20
RIVALS = 10


def requests() -> Iterator[tuple[str, str]]:
    """Slug and destination of each create. Those who want the same slug come one after the other, and so meet."""
    every = LINKS // CONTESTED
    for n in range(LINKS):
        contest, rival = divmod(n, every)
        slug = f"contested-{contest}" if rival < RIVALS else f"own-{n}"
        yield slug, f"https://example.com/{n}"


async def create_all(product: Product) -> tuple[Counter[tuple[int, str]], dict[str, list[str]]]:
    """How often each status and error code was answered; for each slug the destinations that won."""
    answers: Counter[tuple[int, str]] = Counter()
    won: dict[str, list[str]] = defaultdict(list)
    queue = requests()

    async def one_client() -> None:
        client = Client(product.api_port, KEY)
        for slug, url in queue:
            status, _, body = await client.request("POST", "/api/v1/links", {"url": url, "custom_slug": slug})
            answer = json.loads(body)
            answers[status, answer.get("error", {}).get("code", "")] += 1
            if status == 201:
                won[slug].append(url)
        client.close()

    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(one_client())
    return answers, won


def test_one_of_many_rivals_gets_each_slug(product: Product) -> None:
    answers, won = run(create_all(product))
    lost = CONTESTED * (RIVALS - 1)
    assert answers == {(201, ""): LINKS - lost, (409, "SLUG_TAKEN"): lost}
    assert {slug: len(urls) for slug, urls in won.items() if len(urls) != 1} == {}
    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection:
        rows = connection.execute(
            "SELECT c.slug, l.destination FROM codes AS c JOIN links AS l ON l.id = c.link WHERE c.state = 'live'"
        ).fetchall()
        counts = connection.execute(
            "SELECT (SELECT COUNT(*) FROM links), (SELECT COUNT(*) FROM codes), (SELECT COUNT(*) FROM link_changes)"
        ).fetchone()
        counters = connection.execute("SELECT rev, link FROM counters").fetchone()
    assert dict(rows) == {slug: urls[0] for slug, urls in won.items()}
    assert counts == (LINKS - lost,) * 3
    assert counters == (LINKS - lost,) * 2
    for n in range(CONTESTED):
        assert product.follow(f"contested-{n}") == (301, won[f"contested-{n}"][0])
    assert "locked" not in product.stderr
