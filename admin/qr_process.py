"""``python -P -m admin.qr_process``: draws QR codes, one after another, until its standard input ends.

A process of its own, because drawing is Python code that would hold the admin's interpreter for milliseconds at a time,
and because it takes strangers' pictures apart: what goes wrong with one ends here. It has less priority than whatever
answers requests. It ends with the admin, however that ends: the pipe does.
"""

import os
import resource
import sys
from functools import lru_cache
from typing import IO

import msgspec

from admin.qr_jobs import LENGTH_BYTES, MM_PER_PIXEL, Done, Job, Logo, Refused, decode_job, encode, framed
from qr import check, logo, render
from qr.design import Design
from qr.errors import DesignError

NICENESS = 10
"""On a full machine requests go before."""

MOST_MEMORY = 2 * 1024**3
"""Bytes of address space: a picture that needs more is not drawn, instead of the machine running out of memory."""

KEPT_LOGOS = 4
"""Of each kind, by their bytes, up to 1.6 MB each: many codes have the same one, and to make it ready takes 10 to 100
ms, more than the rest."""


def answer(job: Job) -> Done | Refused:
    """The picture, or why there is none."""
    try:
        design = _with_logo(job.design, job.logo)
        if job.data:
            return Done(_drawn(job, design))
        check.check(design)
        return Done(b"")
    except DesignError as error:
        return Refused(error.field, error.message)


def _with_logo(design: Design, given: Logo | None) -> Design:
    if given is None:
        return design
    cleaned = _from_data_url(given.url) if given.url else _cleaned(_read(given.path))
    return msgspec.structs.replace(design, logo=cleaned)


@lru_cache(KEPT_LOGOS)
def _from_data_url(url: str) -> bytes:
    return logo.from_data_url(url)


@lru_cache(KEPT_LOGOS)
def _cleaned(data: bytes) -> bytes:
    return logo.clean(data)


def _read(path: str) -> bytes:
    """A file, and no more of it than it takes to see that it is too large."""
    try:
        with open(path, "rb") as file:
            return file.read(logo.MOST_BYTES + 1)
    except OSError:  # the asset was deleted just now
        raise DesignError("logo", "is not there any more") from None


def _drawn(job: Job, design: Design) -> bytes:
    modules = render.module_count(job.data, design)
    pixels = modules * job.size
    if pixels > render.MOST_PIXELS:
        most = render.MOST_PIXELS // modules
        raise DesignError("size", f"must be at most {most}: this code is {modules} modules wide")
    if job.format == "png":
        return render.png(job.data, design, max(pixels, render.LEAST_PIXELS))
    if job.format == "pdf":
        return render.pdf(job.data, design, max(pixels * MM_PER_PIXEL, render.LEAST_MILLIMETRES))
    return render.svg(job.data, design, max(pixels, render.LEAST_PIXELS))


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Answer jobs until there are no more."""
    while len(length := jobs.read(LENGTH_BYTES)) == LENGTH_BYTES:
        job = decode_job(jobs.read(int.from_bytes(length, "big")))
        answers.write(framed(encode(answer(job))))
        answers.flush()


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
