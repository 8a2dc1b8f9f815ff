"""QR codes of links, templates and texts: which look they have, what they hold, where their pictures are.

What both APIs and the redirect workers go through. Knows no HTTP.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

from admin import qr_designs
from admin.errors import refused
from admin.qr_designs import Look
from admin.qr_images import Images, Ordered, Wish, is_known
from admin.qr_jobs import Format
from links.errors import Code, LinkError, invalid
from links.imaging import Found, Picture, Wanted
from links.model import Link
from links.qr_templates import Design, Template
from qr.errors import DesignError

PUBLIC_LANE = "public"
PUBLIC_PATH = "/qr/"
PUBLIC_FORMAT = "svg"
"""Of the address that is told: it is sharp at any size, and small."""

MARK = "?qr=1"
"""What a code's address ends with, so that visits through it are known as such."""


class Templates(Protocol):
    """``links.qr_templates.TemplateStore``."""

    async def create(self, workspace: int, name: str, description: str | None, design: Design) -> Template: ...

    async def page(self, workspace: int, limit: int, offset: int) -> tuple[list[Template], int]: ...

    async def get(self, id_: str, workspace: int) -> Template: ...

    async def edit(self, id_: str, workspace: int, decide: Callable[[Template], Template]) -> Template: ...

    async def delete(self, id_: str, workspace: int) -> None: ...


class Shown(NamedTuple):
    """A picture to be answered; without ``body`` where the caller has it already."""

    ordered: Ordered
    body: bytes | None


class QrCodes:
    """``link_of``: a link by its number, whoever's, or :class:`LinkError` ``NOT_FOUND``. ``short_url``: a link's
    address. ``api_url``: where the APIs are. ``is_public``: whether redirect workers serve the images of links."""

    def __init__(
        self,
        images: Images,
        templates: Templates,
        link_of: Callable[[int], Awaitable[Link]],
        short_url: Callable[[Link], str],
        api_url: str,
        *,
        is_public: bool,
    ) -> None:
        self.templates = templates
        self._images = images
        self._link_of = link_of
        self._short_url = short_url
        self._api_url = api_url
        self._is_public = is_public

    # Pictures

    async def of_link(
        self, link: Link, format_: Format, size: int, template: str | None, if_none_match: str = ""
    ) -> Shown:
        """The code of a link: as ``template`` (an id) says, else as its own settings do.

        Raises :class:`Problem` ``VALIDATION``; :class:`LinkError` ``NOT_FOUND`` for a template that the link's
        workspace has not, ``UNAVAILABLE``.
        """
        look = look_of(link)
        if template is not None:
            look = qr_designs.of_template((await self.templates.get(template, link.workspace)).design)
        return await self.show(Wish(self.data_of(link), look, link.workspace, format_, size), if_none_match)

    async def show(self, wish: Wish, if_none_match: str = "") -> Shown:
        """A picture. Raises :class:`Problem` ``VALIDATION`` that names the field, or :class:`LinkError`
        ``UNAVAILABLE``."""
        ordered = await self._images.order(wish)
        if is_known(if_none_match, ordered.etag):
            return Shown(ordered, None)
        try:
            return Shown(ordered, await self._images.draw(ordered))
        except DesignError as error:
            raise refused(wish.look.field(error.field), error.message) from None

    async def public(self, wanted: Wanted) -> Picture:
        """The image of a link for anybody who may follow it. Whether it may be followed is known by who asks: a
        redirect worker."""
        try:
            link = await self._link_of(wanted.link)
        except LinkError as error:
            return Picture(Found.NONE if error.code is Code.NOT_FOUND else Found.BUSY)
        format_: Format = "png" if wanted.format == "png" else "svg"
        ordered = await self._images.order(Wish(self.data_of(link), look_of(link), link.workspace, format_))
        if ordered.etag == wanted.etag:
            return Picture(Found.SAME)
        try:
            return Picture(Found.IMAGE, ordered.etag, await self._images.draw(ordered, PUBLIC_LANE))
        except DesignError:  # a design from before it was checked: its owner is told when asking the API
            return Picture(Found.NONE)
        except LinkError:
            return Picture(Found.BUSY)

    # Designs

    async def check(self, look: Look, workspace: int) -> None:
        """Raises :class:`LinkError` ``INVALID`` where nothing could be drawn that way, or ``UNAVAILABLE``."""
        try:
            await self._images.check(look, workspace)
        except DesignError as error:
            raise invalid(look.field(error.field), error.message) from None

    async def check_settings(self, settings: Mapping[str, Any], workspace: int, prefix: str = "qrSettings.") -> None:
        """For the Divsly API: whether a code can be drawn with these ``qrSettings``. ``prefix``: where they stand in
        the request. As :meth:`check`; an address of a logo elsewhere, and an unknown asset, are refused too."""
        logo = settings.get("logo") or ""
        if logo.lower().startswith(("http:", "https:", "//")) and not any(qr_designs.logo_of(logo)):
            raise outside(f"{prefix}logo")
        await self.check(qr_designs.of_settings(settings, prefix), workspace)

    # Addresses

    def data_of(self, link: Link) -> str:
        """What the code of a link holds."""
        return self._short_url(link) + MARK

    def image_url(self, link: Link) -> str:
        """Where the image of a link's code is: for everybody where that is switched on, else in the API."""
        if not self._is_public:
            return f"{self._api_url}/api/v1/links/{link.uuid}/qr"
        scheme, _, rest = self._short_url(link).partition("://")
        host, _, slug = rest.partition("/")
        return f"{scheme}://{host}{PUBLIC_PATH}{slug}.{PUBLIC_FORMAT}"


def look_of(link: Link) -> Look:
    """The look of a link's own code."""
    return qr_designs.of_settings(link.extras) if qr_designs.has_settings(link.extras) else qr_designs.PLAIN


def outside(field: str) -> LinkError:
    """The refusal of a logo's address that is not ours."""
    return LinkError(
        Code.INVALID,
        "must be a data URL, or the id or public_url of an asset: pictures are never fetched from elsewhere",
        field,
    )
