"""Who ends in order loses nothing and leaves nothing reserved, under load too."""

import signal
from collections.abc import Callable

from clicks.segment import SLICE_BYTES, names, used_bytes
from tests.flows.journals import Reading, is_cut, journal_of, link_ids, visits_of
from tests.flows.processes import state, wait_until
from tests.flows.product import Product
from tests.flows.visitors import Visitors

RELOADED = "fingerpost: reloaded"
RELOADS = 3
MIB = 1 << 20
VISITS = 200


def test_an_orderly_end_gives_back_what_was_reserved(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    product.create(custom_slug="link")
    journal = journal_of(product)
    assert used_bytes(journal) >= 4 * 16 * MIB  # two segments ahead for each of two workers
    for _ in range(VISITS):
        assert product.follow("link")[0] == 301
    assert product.stop() == 0
    assert all(is_cut(journal / str(name)) for name in names(journal))
    assert len(list(journal.iterdir())) == len(names(journal)) <= 2
    size = sum(path.stat().st_size for path in journal.iterdir())
    assert size < VISITS * 200 + 1_000
    assert used_bytes(journal) < SLICE_BYTES
    assert len(visits_of(journal)) == VISITS


def test_without_visits_nothing_is_left(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    assert product.stop() == 0
    assert list(journal_of(product).iterdir()) == []


def test_a_reload_under_load_loses_no_visit(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    slugs = [f"reload-{n}" for n in range(RELOADS)]
    for slug in slugs:
        product.create(custom_slug=slug)
    with Visitors(product.port) as visitors, Reading(journal_of(product)) as reading:
        for times, slug in enumerate(slugs, 1):
            visitors.visit(slug)
            before = product.children()
            assert product.process is not None
            product.process.send_signal(signal.SIGHUP)
            wait_until(lambda times=times: product.stderr.count(RELOADED) == times, "it is reloaded")
            wait_until(lambda before=before: not any(map(state, before)), "the old processes have ended")
        visitors.end()
        assert product.stop() == 0
        reading.end()
    assert not visitors.failed, visitors.failed[:5]
    # One that is kept may be closed while a request is on its way, which is then neither answered nor recorded.
    # Nobody's first request meets that.
    assert all(broken.answered for broken in visitors.broken)
    ids = link_ids(product)
    for slug in slugs:
        assert 0 < visitors.received[slug] <= reading.visits[ids[slug]] <= visitors.sent[slug]
    assert reading.visits.total() == visitors.received.total()
    assert (reading.torn, reading.lost, reading.twice, reading.open) == (0, 0, 0, 0)
    assert all(is_cut(journal_of(product) / str(name)) for name in names(journal_of(product)))
