"""What statistics ask of links, over a real store."""

import msgspec
import pytest

from admin.stats_links import Named, StoredLinks
from links import database
from links.changing import Change
from links.domains import DomainStore
from tests.links.storing import Opened

HOST = "go.example"


@pytest.fixture
async def opened(tmp_path):
    made = Opened(tmp_path / database.FILE_NAME)
    await made.open()
    yield made
    await made.store.close()


async def test_a_link_by_its_slug(opened):
    index = StoredLinks(opened.store)
    one = await opened.make("one")
    assert await index.at(1, "", "one") == one.id
    assert await index.at(2, "", "one") is None
    assert await index.at(1, HOST, "one") is None
    assert await index.at(1, "", "ONE") is None
    renamed = msgspec.structs.replace(one, slug="two")
    await opened.store.edit(one.uuid, lambda old: Change(renamed, None), "test", 1_000, 1)
    assert [await index.at(1, "", slug) for slug in ("one", "two")] == [one.id, one.id]
    await opened.store.delete(one.uuid, "test", keep_code=True, workspace=1)
    assert await index.at(1, "", "two") is None


async def test_a_slug_of_a_domain_that_ignores_case(opened):
    index = StoredLinks(opened.store)
    domain = await opened.register(HOST)
    link = await opened.make("one", domain=HOST)
    assert await index.at(1, HOST, "ONE") is None
    await DomainStore(opened.store, lambda: opened.now).set(domain.id, {"ignores_case": True})
    assert await index.at(1, HOST, "ONE") == link.id


async def test_what_links_are_called(opened):
    one, two = await opened.make("one"), await opened.make("two", track=False)
    assert await StoredLinks(opened.store).named([one.id, two.id, 99]) == {
        one.id: Named(1, one.uuid, "one", True),
        two.id: Named(1, two.uuid, "two", False),
    }
