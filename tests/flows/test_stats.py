"""``fingerpost stats`` beside the running processes."""

import json
import time
from collections.abc import Callable

from tests.flows.product import Product

PATIENCE_S = 20.0


def test_visits_are_charted(product_at: Callable[..., Product]) -> None:
    product = product_at(FINGERPOST_STATS__COLLECT="true")
    product.start()
    for slug in ("one", "two"):
        product.create(custom_slug=slug)
    for slug in ("one", "one", "two"):
        assert product.follow(slug)[0] == 301
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = json.loads(product.run("stats", "--json").stdout)
        if found["visits"] == 3 or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert (found["visits"], len(found["days"])) == (3, 30)
    one = json.loads(product.run("stats", "one", "--json", "--days", "2").stdout)
    assert (one["visits"], one["before"], one["days"][-1] + one["days"][-2]) == (2, 0, 2)
    text = product.run("stats", "one").stdout
    assert text.startswith("2 visits in 30 days")
    assert "█" in text


def test_a_slug_that_there_is_not(product: Product) -> None:
    done = product.run("stats", "nothing")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "fingerpost: there is no link nothing\n")
