"""Fuzzes the check in front of aiohttp: ``python -m tests.fuzz.fuzz_head SECONDS``, or files to try once each.

Seeds are the requests of ``tests/server/corpus``. What is found is written to ``build/fuzz/`` and ends the run with a
code that is not 0. Where there is no atheris for this Python and system, it says so and ends with 0.
"""

import asyncio
import platform
import shutil
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.server.corpus.reading import CASES

FOUND = Path("build/fuzz")
SEEDS = FOUND / "seeds"
MOST_BYTES = 8_400
"""Of an input: somewhat more than the longest head that is answered fast."""

TELL_EACH = 100_000


def write_seeds() -> None:
    """The corpus as files: libFuzzer adds what reaches new branches, and a run starts without what others added."""
    shutil.rmtree(SEEDS, ignore_errors=True)
    SEEDS.mkdir(parents=True)
    for number, case in enumerate(CASES):
        if len(case.data) <= MOST_BYTES:
            (SEEDS / f"{number:04d}").write_bytes(case.data)


async def fuzz(arguments: list[str]) -> None:
    """Run libFuzzer, which ends the process."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["server"]):
        judging = import_module("tests.fuzz.judging")
    mutate = import_module("tests.fuzz.mutating").mutate
    judge = judging.Judge()
    for case in CASES:
        judge.judge(case.data)
    print(f"Of {len(CASES)} seeds {judge.answered} are answered fast.", flush=True)

    count = 0

    def one_input(data: bytes) -> None:
        nonlocal count
        count += 1
        judge.judge(data)
        if count % TELL_EACH == 0:
            print(f"{count} inputs, {judge.answered} answered fast, each as aiohttp would.", flush=True)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        if seed % 4 == 0:
            made: bytes = atheris.Mutate(data, most)
            return made
        # libFuzzer sees no branches in a regular expression: what differs only there it would not keep.
        return mutate(CASES[seed % len(CASES)].data if seed % 4 == 1 else data, seed, most)

    atheris.Setup([sys.argv[0], *arguments], one_input, custom_mutator=mutated)
    atheris.Fuzz()


def main(arguments: list[str]) -> None:
    if find_spec("atheris") is None:
        version, system = platform.python_version(), f"{platform.system()} {platform.machine()}"
        print(f"Fuzzing is skipped: atheris is not installed, it has no wheel for Python {version} on {system}.")
        return
    if not arguments[0].isdigit():
        asyncio.run(fuzz(arguments))
    write_seeds()
    options = [f"-max_total_time={arguments[0]}", f"-max_len={MOST_BYTES}", f"-artifact_prefix={FOUND}/"]
    asyncio.run(fuzz([*options, "-reduce_inputs=0", "-verbosity=0", str(SEEDS)]))


if __name__ == "__main__":
    main(sys.argv[1:])
