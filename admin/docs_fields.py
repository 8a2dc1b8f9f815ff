"""The fields of a JSON schema as rows of a table: name, type, whether required, description. Pure."""

from typing import Any, NamedTuple

_MAX_DEPTH = 3

_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxItems": "at most {} items",
    "default": "default {}",
}


class Field(NamedTuple):
    """One row."""

    name: str
    kind: str
    required: bool
    description: str

    @classmethod
    def of_parameter(cls, document: dict[str, Any], parameter: dict[str, Any]) -> "Field":
        """The row of an OpenAPI parameter."""
        name = f"{parameter['name']} ({parameter['in']})"
        kind = kind_of(document, parameter["schema"])
        return cls(name, kind, parameter["required"], parameter["description"])


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """``schema``, or what it refers to in ``document``."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields_of(document: dict[str, Any], schema: dict[str, Any], above: str = "", depth: int = 0) -> list[Field]:
    """The rows of an object's fields, those of nested objects under ``outer.inner`` and ``outer[].inner``."""
    schema = resolve(document, schema)
    rows: list[Field] = []
    for name, member in schema.get("properties", {}).items():
        path = above + name
        inner, suffix = _nested(document, member)
        description = member.get("description") or resolve(document, member).get("description", "")
        rows.append(Field(path, kind_of(document, member), name in schema.get("required", ()), description))
        if inner is not None and depth < _MAX_DEPTH:
            rows += fields_of(document, inner, f"{path}{suffix}.", depth + 1)
    return rows


def kind_of(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """The type of a field in a few words: ``string or null, at most 64 characters``."""
    choices = schema.get("anyOf")
    if choices:
        kind = " or ".join(dict.fromkeys(kind_of(document, choice) for choice in choices))
    else:
        kind = _single(document, resolve(document, schema))
    limits = [text.format(schema[key]) for key, text in _LIMITS.items() if schema.get(key) is not None]
    return ", ".join((kind, *limits))


def _single(document: dict[str, Any], schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        item = kind_of(document, schema.get("items", {}))
        return f"array of ({item})" if "," in item else f"array of {item}"
    form = schema.get("format")
    return f"{kind} ({form})" if form else str(kind)


def _nested(document: dict[str, Any], schema: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The object inside a field, and what the field's path gets for it; ``None`` if there is none."""
    for choice in schema.get("anyOf", (schema,)):
        found = resolve(document, choice)
        if "properties" in found:
            return found, ""
        if found.get("type") == "array":
            inner = resolve(document, found.get("items", {}))
            if "properties" in inner:
                return inner, "[]"
    return None, ""
