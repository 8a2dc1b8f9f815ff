"""The endpoints of bio pages, as a part of the route table (``admin.routes``)."""

from admin.bio_pages import Bio, XqrPages
from admin.errors import Failure
from admin.models_bio import CreatePage, ListPages, PatchPage, XqrPageAnswer, XqrPagesAnswer
from admin.ports import Domains
from admin.routing import Route
from admin.wire_xqr import XQR

TAG = "Bio pages"

_ID = {"id": "Id of the bio page."}
_READ, _WRITE = "bio:read", "bio:write"
_LINKS = (Failure.LINK_LIMIT, Failure.EDIT_LIMIT)


def bio_routes(bio: Bio, domains: Domains) -> tuple[Route, ...]:
    """The routes under ``/bio/pages``."""
    pages = XqrPages(bio, domains)
    return (
        Route(
            method="POST",
            path="/bio/pages",
            handler=pages.create,
            dialect=XQR,
            operation_id="createBioPage",
            tag=TAG,
            summary="Create a bio page",
            description="Makes a link-in-bio page, which is not published yet. A short link is made for each button "
            "that does not lead to one already: they count as links, all are made or none.",
            scope=_WRITE,
            request=CreatePage,
            response=XqrPageAnswer,
            status=201,
            raises=(Failure.SLUG_TAKEN, Failure.DNS, Failure.BIO_LIMIT, Failure.LINK_LIMIT),
        ),
        Route(
            method="GET",
            path="/bio/pages",
            handler=pages.page,
            dialect=XQR,
            operation_id="listBioPages",
            tag=TAG,
            summary="List bio pages",
            description="Lists bio pages, newest first.",
            scope=_READ,
            query=ListPages,
            response=XqrPagesAnswer,
        ),
        Route(
            method="GET",
            path="/bio/pages/{id}",
            handler=pages.get,
            dialect=XQR,
            operation_id="getBioPage",
            tag=TAG,
            summary="Get a bio page",
            description="Answers one bio page.",
            scope=_READ,
            response=XqrPageAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="PATCH",
            path="/bio/pages/{id}",
            handler=pages.patch,
            dialect=XQR,
            operation_id="updateBioPage",
            tag=TAG,
            summary="Change a bio page",
            description="Changes the fields that are sent, on the published page at once. Of `page_data` each key that "
            "is sent replaces the old one as a whole. A button with another `url` keeps its short link, which is "
            "edited; that of a button that is gone is deleted if it was made for it.",
            scope=_WRITE,
            request=PatchPage,
            response=XqrPageAnswer,
            raises=(Failure.NOT_FOUND, Failure.SLUG_TAKEN, *_LINKS),
            path_help=_ID,
        ),
        Route(
            method="DELETE",
            path="/bio/pages/{id}",
            handler=pages.delete,
            dialect=XQR,
            operation_id="deleteBioPage",
            tag=TAG,
            summary="Delete a bio page",
            description="Deletes the page, and the short links that were made for its buttons, but for those that "
            "another page shows. Its address answers 404.",
            scope=_WRITE,
            response=None,
            status=204,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="POST",
            path="/bio/pages/{id}/publish",
            handler=pages.publish,
            dialect=XQR,
            operation_id="publishBioPage",
            tag=TAG,
            summary="Publish a bio page",
            description="Its address answers when this returns. Nothing changes where it is published already.",
            scope=_WRITE,
            response=XqrPageAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="POST",
            path="/bio/pages/{id}/unpublish",
            handler=pages.unpublish,
            dialect=XQR,
            operation_id="unpublishBioPage",
            tag=TAG,
            summary="Unpublish a bio page",
            description="Its address answers 404 when this returns; `published_at` keeps its value.",
            scope=_WRITE,
            response=XqrPageAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
    )
