"""Two workers against one: does the second one double what is answered?

Only a machine with a core for each worker and one for the client can show that. With fewer, the second worker shares
its core with the client, and the table says what the client took.
"""

from pathlib import Path

from bench import contestants, cores, machine, traffic
from bench.report import Table
from bench.wrk import Driven, drive

SECONDS = 4
WARM_UP_SECONDS = 1


def _measure(directory: Path, workers: int) -> tuple[Driven, float]:
    """(what the client says, CPU µs a redirect). A core a worker, as far as there are some; the client has the rest."""
    place = directory / f"workers{workers}"
    place.mkdir()
    product = contestants.product_of(place, traffic.SLUGS, workers=workers)
    with contestants.started(product) as pids:
        own = product.children("worker")
        for n, pid in enumerate(own):
            cores.pin(pid, [cores.ALL[n % len(cores.ALL)]])
        clients = cores.ALL[workers:] or cores.OTHERS
        threads = min(workers, len(clients))
        script = directory / "usual.lua"
        drive(script, product.port, WARM_UP_SECONDS, on=clients, threads=threads)
        before = machine.cpu_seconds(pids)
        driven = drive(script, product.port, SECONDS, on=clients, threads=threads)
        return driven, (machine.cpu_seconds(pids) - before) / driven.count * 1e6


def two_workers(directory: Path) -> Table:
    """The table. ``directory`` has the clients' script."""
    rows = []
    rates = []
    for workers in (1, 2):
        driven, cpu = _measure(directory, workers)
        rates.append(driven.count / driven.seconds)
        rows.append(
            [
                str(workers),
                f"{rates[-1]:,.0f}",
                f"{rates[-1] / rates[0]:.2f}",
                f"{cpu:.2f}",
                f"{driven.client_cpu / driven.seconds:.2f}",
            ]
        )
    remarks = ""
    if cores.IS_CROWDED:
        remarks = (
            f"Three cores are needed, and this machine has {len(cores.ALL)}: the second worker had to share one with "
            "the client, so the ratio says nothing about two workers. The CPU time a redirect does: it would grow if "
            "workers got into each other's way."
        )
    return Table(
        "Two workers against one",
        "As above, each worker pinned to a core of its own, the client to the remaining ones.",
        ["workers", "redirects/s", "ratio", "CPU µs a redirect", "cores used by the client"],
        rows,
        remarks,
    )
