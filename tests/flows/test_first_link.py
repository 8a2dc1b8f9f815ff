"""The whole path from POST to 301."""

from tests.flows.product import Product


def test_a_created_link_redirects(product: Product) -> None:
    link = product.create("https://example.com/path?q=1", custom_slug="first-link")
    assert link["short_url"] == f"http://localhost:{product.port}/first-link"
    assert product.follow("first-link") == (301, "https://example.com/path?q=1")


def test_a_generated_slug_has_seven_characters(product: Product) -> None:
    link = product.create()
    assert len(link["short_code"]) == 7
    assert product.follow(link["short_code"])[0] == 301


def test_an_edited_link_redirects_elsewhere(product: Product) -> None:
    link = product.create(custom_slug="edited")
    status, _ = product.api("PATCH", f"/api/v1/links/{link['id']}", {"url": "https://example.org/"})
    assert status == 200
    assert [product.follow("edited") for _ in range(20)] == [(301, "https://example.org/")] * 20


def test_a_disabled_link_is_gone(product: Product) -> None:
    link = product.create(custom_slug="disabled")
    product.api("PATCH", f"/api/v1/links/{link['id']}", {"enabled": False})
    assert [product.follow("disabled")[0] for _ in range(20)] == [410] * 20


def test_a_renamed_link_answers_under_both_slugs(product: Product) -> None:
    link = product.create(custom_slug="old-name")
    product.api("PATCH", f"/api/v1/links/{link['id']}", {"custom_slug": "new-name"})
    assert [product.follow("new-name")[0] for _ in range(20)] == [301] * 20
    assert product.follow("old-name")[0] == 301


def test_a_deleted_link_is_unknown_and_its_slug_free(product: Product) -> None:
    link = product.create(custom_slug="deleted")
    assert product.api("DELETE", f"/api/v1/links/{link['id']}") == (204, None)
    assert [product.follow("deleted")[0] for _ in range(20)] == [404] * 20
    product.create("https://example.net/", custom_slug="deleted")
    assert product.follow("deleted") == (301, "https://example.net/")
