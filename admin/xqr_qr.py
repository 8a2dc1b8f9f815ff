"""The XQR API's handlers for QR codes: take what was parsed, call the codes, say what to answer."""

from typing import Any

import msgspec

from admin import qr_designs
from admin.dialect import Binary, Reply
from admin.models_qr import (
    DEFAULT_SIZE,
    CreateQrTemplate,
    ListPage,
    PatchQrTemplate,
    RenderBody,
    RenderLink,
    RenderQuery,
    RenderTemplate,
    view,
)
from admin.ports import Links
from admin.qr_codes import QrCodes, Shown
from admin.qr_images import Wish, quoted
from admin.routing import Call
from links.qr_templates import Design, Template

SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""For an SVG that is opened as a page: it may look as it does, and do nothing. Its logo is a data URL."""

_CACHE = "private, no-cache"  # a look may change: kept, but asked for each time


class XqrQrCodes:
    """The handlers under ``/qr``, and ``/links/{id}/qr``."""

    def __init__(self, links: Links, codes: QrCodes) -> None:
        self._links = links
        self._codes = codes

    async def of_link(self, call: Call) -> Binary:
        """GET /links/{id}/qr"""
        asked: RenderLink = call.query
        link = await self._links.get(call.path["id"].lower(), call.workspace)
        shown = await self._codes.of_link(link, asked.format, asked.size, asked.template_id, call.if_none_match)
        return picture(shown, f"{link.uuid[:8]}-qr")

    async def create(self, call: Call) -> Reply:
        """POST /qr/templates"""
        body: CreateQrTemplate = call.body
        design = body.design.given() if body.design else {}
        await self._check(design, call.workspace)
        return Reply(
            view(await self._codes.templates.create(call.workspace, body.name, body.description or None, design))
        )

    async def page(self, call: Call) -> Reply:
        """GET /qr/templates"""
        asked: ListPage = call.query
        templates, total = await self._codes.templates.page(call.workspace, asked.limit, asked.offset)
        meta = {"total": total, "limit": asked.limit, "offset": asked.offset}
        return Reply([view(template) for template in templates], meta)

    async def get(self, call: Call) -> Reply:
        """GET /qr/templates/{id}"""
        return Reply(view(await self._template(call)))

    async def patch(self, call: Call) -> Reply:
        """PATCH /qr/templates/{id}"""
        body: PatchQrTemplate = call.body
        wanted: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set - {"design"}}

        def changed(old: Template) -> Template:
            return msgspec.structs.replace(old, **wanted, design=body.design.over(old.design))

        await self._check(changed(await self._template(call)).design, call.workspace)
        return Reply(view(await self._codes.templates.edit(call.path["id"], call.workspace, changed)))

    async def delete(self, call: Call) -> Reply:
        """DELETE /qr/templates/{id}"""
        await self._codes.templates.delete(call.path["id"], call.workspace)
        return Reply(None)

    async def render(self, call: Call) -> Binary:
        """GET and POST /qr/templates/{id}/render"""
        asked: RenderTemplate = call.query
        look = qr_designs.of_template((await self._template(call)).design)
        return await self._picture(call, Wish(asked.data, look, call.workspace, asked.format, asked.size))

    async def render_query(self, call: Call) -> Binary:
        """GET /qr/render"""
        asked: RenderQuery = call.query
        look = qr_designs.of_template(asked.given(), prefix="")
        return await self._picture(call, Wish(asked.data, look, call.workspace, asked.format, asked.size))

    async def render_body(self, call: Call) -> Binary:
        """POST /qr/render"""
        body: RenderBody = call.body
        look = qr_designs.of_template(body.design.given() if body.design else {})
        wish = Wish(body.data, look, call.workspace, body.format or "svg", body.size or DEFAULT_SIZE)
        return await self._picture(call, wish)

    async def _picture(self, call: Call, wish: Wish) -> Binary:
        return picture(await self._codes.show(wish, call.if_none_match), "qr")

    async def _template(self, call: Call) -> Template:
        return await self._codes.templates.get(call.path["id"], call.workspace)

    async def _check(self, design: Design, workspace: int) -> None:
        await self._codes.check(qr_designs.of_template(design), workspace)


def picture(shown: Shown, name: str) -> Binary:
    """A picture as it is answered; without its bytes (304) where the caller has them. ``name``: of the file, without
    its ending."""
    headers = {"ETag": quoted(shown.ordered.etag), "Cache-Control": _CACHE}
    if shown.body is None:
        return Binary(b"", headers, 304)
    headers["Content-Type"] = shown.ordered.content_type
    headers["Content-Disposition"] = f'inline; filename="{name}.{shown.ordered.job.format}"'
    if shown.ordered.job.format == "svg":
        headers["Content-Security-Policy"] = SVG_POLICY
    return Binary(shown.body, headers)
