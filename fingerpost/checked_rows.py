"""What an import checks of a row beyond what a link needs: routing rules as the API does, and the workspace.

The models of the API take a third of a second to load: this is imported where there are rules.
"""

from typing import Any

from pydantic import BaseModel

from admin.errors import Problem
from admin.models_rules import Rules
from admin.validation import Context, validated
from links.errors import Code, LinkError


class _Row(BaseModel):
    rules: Rules


def check_rules(rules: list[Any], context: Context) -> None:
    """Raises :class:`LinkError` ``INVALID``, with the parts that are at fault by name, for rules that the API would
    refuse."""
    try:
        validated(_Row, {"rules": rules}, context)
    except Problem as problem:
        raise LinkError(Code.INVALID, problem.message) from None
