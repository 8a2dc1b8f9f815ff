"""From what a client sent to a model, or to a :class:`Problem` that names every field at fault.

pydantic finds the faults; what is said about them is decided here, so that messages are for people and never echo
what was sent, but for the names of unknown fields.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar, get_args

import msgspec
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from admin.errors import Detail, Failure, Problem
from links.destination import Destinations

Model = TypeVar("Model", bound=BaseModel)

# An answer stays readable and small whatever was sent: a 1 MB body can hold 100,000 unknown fields.
MAX_DETAILS = 100
MAX_NAMED = 10
_MAX_NAME_CHARACTERS = 64

_WEB = ("http", "https")


class Context(msgspec.Struct, frozen=True):
    """What validators need to know of this server: its own ``host[:port]`` for short links, and what destinations
    it allows."""

    own_host: str
    destinations: Destinations


def context(own_host: str, schemes: tuple[str, ...] = _WEB, registered: Container[str] = frozenset()) -> Context:
    """A :class:`Context`. ``schemes``: URL schemes that a destination may have. ``registered``: the authorities of
    registered domains."""
    return Context(own_host, Destinations(schemes, frozenset((own_host.lower(),)), registered))


# What is said, by pydantic's type of error; members of the error's context may stand in braces.
_MESSAGES = {
    "missing": "is required",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} items",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
}


def rule(message: str) -> PydanticCustomError:
    """What a validator raises: ``message`` is said about the field as it stands."""
    return PydanticCustomError("rule", "{said}", {"said": message})


def validated(model: type[Model], data: Mapping[str, Any], context: Context, noun: str = "field") -> Model:
    """``data`` as ``model``. Raises :class:`Problem` ``VALIDATION``; ``noun``: what unknown members are called."""
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        raise invalid(_details(error, model, noun)) from None


def invalid(details: Iterable[Detail]) -> Problem:
    """The :class:`Problem` that these faults are. Its message names the fields."""
    found = tuple(details)
    said = [f"{detail.field}: {detail.message}" for detail in found[:MAX_NAMED]]
    if len(found) > MAX_NAMED:
        said.append(f"and {len(found) - MAX_NAMED} more")
    return Problem(Failure.VALIDATION, "; ".join(said), found[:MAX_DETAILS])


@lru_cache(maxsize=64)
def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The names that the fields of ``model`` have on the wire."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _details(error: ValidationError, model: type[BaseModel], noun: str) -> Iterable[Detail]:
    faults = error.errors(include_url=False)
    # Suggestions cost a comparison with every known name: only for those that will be shown.
    for index, fault in enumerate(faults):
        known = names_of(_model_at(model, fault["loc"][:-1])) if index < MAX_DETAILS else ()
        yield Detail(_path(fault["loc"]), _message(fault, known, noun))


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The model of the object at ``loc`` in what ``model`` describes; the last one on the way that has a name there."""
    for name in loc:
        for field, info in model.model_fields.items():
            if name == (info.alias or field):
                model = next(_models_in(info.annotation), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation such as ``list[Model] | None`` names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _message(fault: ErrorDetails, known: tuple[str, ...], noun: str) -> str:
    kind = fault["type"]
    if kind == "too_long" and isinstance(fault["input"], str):  # measured after another check: pydantic counts items
        kind = "string_too_long"
    said = {name: _whole(value) for name, value in fault.get("ctx", {}).items()}
    if kind == "extra_forbidden":
        return _unknown(str(fault["loc"][-1]), known, noun)
    if kind == "rule":
        return str(said["said"])
    message = _MESSAGES[kind].format(**said) if kind in _MESSAGES else fault["msg"]
    return f"{message}, not null" if fault["input"] is None and kind.endswith("_type") else message


def _whole(value: Any) -> Any:
    """The limits of a number with a fraction are whole all the same: 100, not 100.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _unknown(name: str, known: tuple[str, ...], noun: str) -> str:
    message = f'unknown {noun} "{_short(name)}"'
    near = get_close_matches(_short(name).lower(), known, n=1)
    return f'{message} (did you mean "{near[0]}"?)' if near else message


def _path(loc: tuple[int | str, ...]) -> str:
    """``("labels", 3)`` as ``labels[3]``, ``("utm_params", "source")`` as ``utm_params.source``."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{_short(part)}" if path else _short(part)
    return path or "body"


def _short(name: str) -> str:
    """A name that the client chose, fit to be shown."""
    name = re.sub(r"[\x00-\x1f\x7f]", "?", name[: _MAX_NAME_CHARACTERS + 1])
    return name if len(name) <= _MAX_NAME_CHARACTERS else name[:_MAX_NAME_CHARACTERS] + "…"
