"""Products for the flow tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.product import Product


@pytest.fixture
def product_at(tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """Makes products, not started yet, and ends what is left of them."""
    made: list[Product] = []

    def make(**options: Any) -> Product:
        directory = tmp_path / f"product{len(made)}"
        directory.mkdir()
        made.append(Product(directory, **options))
        return made[-1]

    yield make
    for product in made:
        product.kill_all()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One running product with two workers for a module's tests; its orderly end is part of the test."""
    product = Product(tmp_path_factory.mktemp("product"))
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()
