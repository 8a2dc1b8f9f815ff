from collections.abc import AsyncIterator
from itertools import count

import msgspec
import pytest

from links.errors import Code, LinkError, invalid
from links.qr_templates import Template, TemplateStore
from tests.links.storing import NOW, Opened

DESIGN = {"foreground_color": "#123456", "logo_size": 0.3, "logo_url": None}


@pytest.fixture
async def templates(opened: Opened) -> AsyncIterator[TemplateStore]:
    numbers = count(1)
    yield TemplateStore(opened.store, lambda: opened.now, lambda size: next(numbers).to_bytes(size, "big"))


async def test_what_is_made_is_found(templates: TemplateStore) -> None:
    made = await templates.create(1, "Sommer", "für Plakate", DESIGN)
    assert made == Template("tpl_" + f"{1:024x}", 1, "Sommer", "für Plakate", DESIGN, NOW, NOW)
    assert await templates.get(made.id, 1) == made
    assert (await templates.create(1, "x", None, {})).design == {}


async def test_pages_are_newest_first_and_of_one_workspace(templates: TemplateStore) -> None:
    made = [await templates.create(1, str(number), None, {}) for number in range(5)]
    other = await templates.create(2, "other", None, {})
    assert await templates.page(1, 2, 0) == ([made[4], made[3]], 5)
    assert await templates.page(1, 2, 4) == ([made[0]], 5)
    assert await templates.page(1, 2, 9) == ([], 5)
    assert await templates.page(2, 50, 0) == ([other], 1)
    assert await templates.page(3, 50, 0) == ([], 0)


async def test_an_edit_keeps_what_it_does_not_change(templates: TemplateStore, opened: Opened) -> None:
    made = await templates.create(1, "a", "b", DESIGN)
    opened.now += 5_000
    edited = await templates.edit(made.id, 1, lambda old: msgspec.structs.replace(old, design={**old.design, "x": 1}))
    assert edited == msgspec.structs.replace(made, design={**DESIGN, "x": 1}, updated_at=NOW + 5_000)
    assert await templates.get(made.id, 1) == edited


async def test_an_edit_that_changes_nothing_is_none(templates: TemplateStore, opened: Opened) -> None:
    made = await templates.create(1, "a", None, {})
    opened.now += 5_000
    assert await templates.edit(made.id, 1, lambda old: old) == made


async def test_an_edit_that_is_refused_changes_nothing(templates: TemplateStore) -> None:
    made = await templates.create(1, "a", None, {})

    def refuse(old: Template) -> Template:
        raise invalid("design", "no")

    with pytest.raises(LinkError, match="no"):
        await templates.edit(made.id, 1, refuse)
    assert await templates.get(made.id, 1) == made


async def test_what_is_deleted_is_gone(templates: TemplateStore) -> None:
    made, other = [await templates.create(1, name, None, {}) for name in "ab"]
    await templates.delete(made.id, 1)
    assert await templates.page(1, 50, 0) == ([other], 1)


@pytest.mark.parametrize("workspace", [1, 2])
async def test_another_workspaces_is_none(templates: TemplateStore, workspace: int) -> None:
    made = await templates.create(3 - workspace, "a", None, {})
    for call in (
        templates.get(made.id, workspace),
        templates.edit(made.id, workspace, lambda old: msgspec.structs.replace(old, name="b")),
        templates.delete(made.id, workspace),
        templates.get("tpl_" + "0" * 24, workspace),
    ):
        with pytest.raises(LinkError) as caught:
            await call
        assert caught.value.code is Code.NOT_FOUND
    assert await templates.get(made.id, 3 - workspace) == made
