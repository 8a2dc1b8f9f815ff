"""The endpoints of the XQR API's links, as a part of the route table (``admin.routes``)."""

from admin.errors import Failure
from admin.listing import ListLinks
from admin.models_xqr import (
    CreateLink,
    CreateLinks,
    PatchLink,
    SwitchLinks,
    XqrCreatedAnswer,
    XqrLinkAnswer,
    XqrLinksAnswer,
    XqrSwitchedAnswer,
)
from admin.routing import Route
from admin.wire_xqr import XQR
from admin.xqr import XqrLinks

_LINK_ID = {"id": "UUID of the link."}


def xqr_routes(links: XqrLinks) -> tuple[Route, ...]:
    """The routes under ``/links``."""
    return (
        Route(
            method="POST",
            path="/links",
            handler=links.create,
            dialect=XQR,
            operation_id="createLink",
            tag="Links",
            summary="Create a link",
            description="Creates a short link that redirects to the given destination URL. It is answered by every "
            "redirect worker when this returns.",
            scope="links:write",
            request=CreateLink,
            response=XqrLinkAnswer,
            status=201,
            raises=(Failure.SLUG_TAKEN, Failure.LINK_LIMIT),
        ),
        Route(
            method="GET",
            path="/links",
            handler=links.page,
            dialect=XQR,
            operation_id="listLinks",
            tag="Links",
            summary="List links",
            description="Lists links, newest first, by `limit` and `offset` or by `limit` and `cursor`.",
            scope="links:read",
            query=ListLinks,
            response=XqrLinksAnswer,
        ),
        Route(
            method="GET",
            path="/links/{id}",
            handler=links.get,
            dialect=XQR,
            operation_id="getLink",
            tag="Links",
            summary="Get a link",
            description="Answers one link.",
            scope="links:read",
            response=XqrLinkAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_LINK_ID,
        ),
        Route(
            method="PATCH",
            path="/links/{id}",
            handler=links.patch,
            dialect=XQR,
            operation_id="updateLink",
            tag="Links",
            summary="Change a link",
            description="Changes the fields that are sent; an empty object changes nothing. Arrays replace. Every "
            "redirect worker answers accordingly when this returns.",
            scope="links:write",
            request=PatchLink,
            response=XqrLinkAnswer,
            raises=(Failure.NOT_FOUND, Failure.SLUG_TAKEN, Failure.EDIT_LIMIT),
            path_help=_LINK_ID,
        ),
        Route(
            method="DELETE",
            path="/links/{id}",
            handler=links.delete,
            dialect=XQR,
            operation_id="deleteLink",
            tag="Links",
            summary="Delete a link",
            description="Deletes the link and its analytics. Its short code answers 404 and may be used again.",
            scope="links:write",
            response=None,
            status=204,
            raises=(Failure.NOT_FOUND,),
            path_help=_LINK_ID,
        ),
        Route(
            method="POST",
            path="/links/bulk",
            handler=links.create_all,
            dialect=XQR,
            operation_id="createLinks",
            tag="Links",
            summary="Create many links",
            description="Creates links, each by itself: `errors` says of which rows none was made, and why. Every "
            "redirect worker answers all that were made when this returns. It costs one call.",
            scope="links:write",
            request=CreateLinks,
            response=XqrCreatedAnswer,
            status=201,
        ),
        Route(
            method="PATCH",
            path="/links/bulk/status",
            handler=links.switch,
            dialect=XQR,
            operation_id="updateLinksStatus",
            tag="Links",
            summary="Enable or disable many links",
            description="Enables or disables links, all or none. Ids that are not those of the workspace's links are "
            "passed over. A link that was not so before is edited by it.",
            scope="links:write",
            request=SwitchLinks,
            response=XqrSwitchedAnswer,
            raises=(Failure.EDIT_LIMIT,),
        ),
    )
