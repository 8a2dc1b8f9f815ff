"""The endpoints for domains of their own, as a part of the route table (``admin.routes``)."""

from admin.domains import CustomDomains
from admin.errors import Failure
from admin.models_domains import AddDomain, ChangeDomain, DomainAnswer, DomainDeleted, DomainsAnswer
from admin.ports import Domains
from admin.routing import Route
from admin.wire_divsly import DIVSLY

TAG = "Domains (Divsly)"

_ID = {"id": "Number of the domain."}


def domain_routes(domains: Domains) -> tuple[Route, ...]:
    """The routes under ``/custom-domain``."""
    handlers = CustomDomains(domains)
    return (
        Route(
            method="POST",
            path="/custom-domain",
            handler=handlers.add,
            dialect=DIVSLY,
            operation_id="addCustomDomain",
            tag=TAG,
            summary="Register a domain",
            description="Registers a domain for short links and looks at its DNS at once. Where it does not point here "
            "yet the status is `pending`, and `expected` says which records to set: then ask for verification.",
            scope="links:write",
            request=AddDomain,
            response=DomainAnswer,
            status=201,
            raises=(Failure.DOMAIN_LIMIT,),
        ),
        Route(
            method="GET",
            path="/custom-domain",
            handler=handlers.list,
            dialect=DIVSLY,
            operation_id="listCustomDomains",
            tag=TAG,
            summary="List domains",
            description="Lists the registered domains.",
            scope="links:read",
            response=DomainsAnswer,
        ),
        Route(
            method="POST",
            path="/custom-domain/{id}/verify",
            handler=handlers.verify,
            dialect=DIVSLY,
            operation_id="verifyCustomDomain",
            tag=TAG,
            summary="Verify a domain",
            description="Looks at the DNS of the domain now. It is `active` when this returns, or the error says which "
            "records were expected and which were found.",
            scope="links:write",
            response=DomainAnswer,
            raises=(Failure.VALIDATION, Failure.NOT_FOUND, Failure.DNS),
            path_help=_ID,
        ),
        Route(
            method="PUT",
            path="/custom-domain/{id}",
            handler=handlers.change,
            dialect=DIVSLY,
            operation_id="changeCustomDomain",
            tag=TAG,
            summary="Change a domain's settings",
            description="Changes the settings that are sent. Every redirect worker answers accordingly when this "
            "returns.",
            scope="links:write",
            request=ChangeDomain,
            response=DomainAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="DELETE",
            path="/custom-domain/{id}",
            handler=handlers.delete,
            dialect=DIVSLY,
            operation_id="deleteCustomDomain",
            tag=TAG,
            summary="Remove a domain",
            description="Removes a domain that has no links left. It may be registered again.",
            scope="links:write",
            response=DomainDeleted,
            raises=(Failure.VALIDATION, Failure.NOT_FOUND),
            path_help=_ID,
        ),
    )
