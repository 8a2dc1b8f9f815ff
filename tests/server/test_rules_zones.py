"""Time zones where the system has no files of them: those of the package tzdata."""

import json
import os
import subprocess
import sys

PROGRAM = """
import json, zoneinfo
from admin.models_rules import RuleHours
from links.rules import program_text
from server.rules import compile_program, zone_of
from server.peer import NO_PEER
from server.fields import no_fields
from server.visitor import NOWHERE, Visitor

RuleHours.model_validate({"start": 9, "end": 17, "timezone": "Asia/Kathmandu"})
hours = {"start": 5, "end": 6, "timezone": "Asia/Kathmandu"}
rules = [{"destination": "https://example.com/", "conditions": {"hours": hours, "days": ["thu"]}}]
router = compile_program(program_text(rules, lambda url, _: url).encode())
visitor = Visitor(NO_PEER, no_fields, None, NOWHERE)
print(json.dumps({
    "path": zoneinfo.TZPATH,
    "at": zone_of("Asia/Kathmandu").at(0),
    "sent": [router.choose(1, visitor, minutes * 60_000) is not None for minutes in (-31, -30, 29, 30)],
}))
"""


def test_rules_that_name_a_zone_work_without_files_of_the_system() -> None:
    environment = os.environ | {"PYTHONTZPATH": ""}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment)
    # Kathmandu was at +5:30 in 1970; the day of the epoch was a Thursday.
    assert json.loads(done.stdout) == {"path": [], "at": [5, 3], "sent": [False, True, True, False]}
