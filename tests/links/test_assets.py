from collections.abc import AsyncIterator
from itertools import count

import msgspec
import pytest

from links import assets as module
from links.assets import Asset, AssetStore
from links.errors import Code, LinkError
from tests.links.storing import NOW, Opened

MOST = 1_000


@pytest.fixture
async def assets(opened: Opened) -> AsyncIterator[AssetStore]:
    numbers = count(1)
    yield AssetStore(opened.store, lambda: opened.now, lambda size: next(numbers).to_bytes(size, "big"), MOST)


async def made(assets: AssetStore, workspace: int = 1, size: int = 3) -> tuple[Asset, str]:
    return await assets.announce(workspace, "Ü.png", "image/png", size)


async def refused(call: object) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await call  # type: ignore[misc]
    return caught.value


async def test_from_the_announcement_to_the_world(assets: AssetStore, opened: Opened) -> None:
    asset, token = await made(assets)
    until = NOW + module.UPLOAD_MS
    assert asset == Asset(asset.id, 1, "Ü.png", "image/png", 3, "pending", False, False, until, NOW, NOW)
    assert asset.id.startswith("ast_") and len(asset.id) == 36
    assert await assets.get(asset.id, 1) == asset
    assert await assets.awaited(token) == asset
    opened.now += 1_000
    await assets.uploaded(token, "image/gif")
    there = await assets.get(asset.id, 1)
    assert (there.is_uploaded, there.mime_type, there.status) == (True, "image/gif", "pending")
    confirmed = await assets.confirm(asset.id, 1)
    assert confirmed == msgspec.structs.replace(there, status="confirmed")
    assert (await refused(assets.published(asset.id))).code is Code.NOT_FOUND
    public = await assets.publish(asset.id, 1)
    assert public == msgspec.structs.replace(confirmed, is_public=True)
    assert await assets.published(asset.id) == public


async def test_confirming_and_publishing_again_changes_nothing(assets: AssetStore, opened: Opened) -> None:
    asset, token = await made(assets)
    await assets.uploaded(token, "image/png")
    first = await assets.confirm(asset.id, 1), await assets.publish(asset.id, 1)
    opened.now += 1_000
    assert await assets.confirm(asset.id, 1) == first[1]
    assert await assets.publish(asset.id, 1) == first[1]


async def test_a_token_is_good_once(assets: AssetStore) -> None:
    _, token = await made(assets)
    await assets.uploaded(token, "image/png")
    assert (await refused(assets.uploaded(token, "image/png"))).code is Code.NOT_FOUND
    assert (await refused(assets.awaited(token))).code is Code.NOT_FOUND


async def test_a_token_ends(assets: AssetStore, opened: Opened) -> None:
    asset, token = await made(assets)
    opened.now += module.UPLOAD_MS - 1
    assert await assets.awaited(token) == asset
    opened.now += 1
    assert (await refused(assets.awaited(token))).code is Code.NOT_FOUND


async def test_the_token_is_not_kept(assets: AssetStore, opened: Opened) -> None:
    _, token = await made(assets)
    await opened.store.close()
    stored = opened.path.read_bytes()
    await opened.open()
    assert token.encode() not in stored


@pytest.mark.parametrize("token", ["", "0" * 64, "'"])
async def test_other_tokens_are_none(assets: AssetStore, token: str) -> None:
    await made(assets)
    assert (await refused(assets.awaited(token))).code is Code.NOT_FOUND


async def test_nothing_is_confirmed_before_it_is_there_or_published_before_it_is_confirmed(assets: AssetStore) -> None:
    asset, token = await made(assets)
    assert (await refused(assets.confirm(asset.id, 1))).field == "asset_id"
    await assets.uploaded(token, "image/png")
    assert (await refused(assets.publish(asset.id, 1))).field == "asset_id"
    assert not (await assets.get(asset.id, 1)).is_public


async def test_all_of_them_together_have_a_limit(assets: AssetStore) -> None:
    first, _ = await made(assets, size=600)
    await made(assets, workspace=2, size=400)
    error = await refused(made(assets, size=1))
    assert (error.code, error.field) == (Code.LIMIT, "storage")
    await assets.delete(first.id, 1)
    await made(assets, size=600)


async def test_pages_are_newest_first_and_of_one_workspace(assets: AssetStore) -> None:
    mine = [(await made(assets))[0] for _ in range(3)]
    other, _ = await made(assets, workspace=2)
    assert await assets.page(1, 2, 0) == ([mine[2], mine[1]], 3)
    assert await assets.page(1, 2, 2) == ([mine[0]], 3)
    assert await assets.page(2, 50, 0) == ([other], 1)
    assert await assets.ids() == {asset.id for asset in (*mine, other)}


async def test_another_workspaces_is_none(assets: AssetStore) -> None:
    asset, token = await made(assets)
    await assets.uploaded(token, "image/png")
    for call in (
        assets.get(asset.id, 2),
        assets.confirm(asset.id, 2),
        assets.publish(asset.id, 2),
        assets.delete(asset.id, 2),
        assets.get("ast_" + "0" * 32, 1),
    ):
        assert (await refused(call)).code is Code.NOT_FOUND
    assert (await assets.get(asset.id, 1)).status == "pending"


async def test_what_nobody_confirmed_is_swept_out(assets: AssetStore, opened: Opened) -> None:
    announced, _ = await made(assets)
    uploaded, token = await made(assets)
    confirmed, other = await made(assets)
    await assets.uploaded(token, "image/png")
    await assets.uploaded(other, "image/png")
    await assets.confirm(confirmed.id, 1)
    opened.now += module.UPLOAD_MS + module.CONFIRM_MS - 1
    assert await assets.sweep() == []
    opened.now += 1
    late, _ = await made(assets)
    assert sorted(await assets.sweep()) == sorted([announced.id, uploaded.id])
    assert await assets.ids() == {confirmed.id, late.id}
