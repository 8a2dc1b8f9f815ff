"""The tables of ``bench.latency``, out of what the client measured. Pure."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from bench.histogram import Histogram
from bench.openloop import CONNECTIONS, Outcome
from bench.report import Table

COLUMNS = [
    "load",
    "",
    "answers/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "p99 against nginx's",
    "errors",
    "client late p99 ms",
    "client late max ms",
]
AIM_MS = 5.0
MANY_ROUNDS = 12


def ms(nanoseconds: float) -> str:
    """Three significant digits."""
    value = nanoseconds / 1e6
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:,.1f}"


def kinds(errors: Counter[str]) -> str:
    """How many errors of each kind: ``3 broken, 5 unanswered``; ``0`` where there were none."""
    return ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in errors.items()) or "0"


def spread(rounds: Sequence[float]) -> str:
    """Least and most of what is sorted, and between them, where there are many, the quartiles."""
    if len(rounds) < MANY_ROUNDS:
        return f"{ms(rounds[0])}–{ms(rounds[-1])}"
    low, _, high = statistics.quantiles(rounds, n=4)
    return f"{ms(rounds[0])}–{ms(low)}–{ms(high)}–{ms(rounds[-1])}"


class Cells:
    """Outcomes by (share of nginx's throughput, who); those of several rounds are one distribution."""

    def __init__(self) -> None:
        self._outcomes: defaultdict[tuple[float, str], list[Outcome]] = defaultdict(list)

    def add(self, share: float, name: str, outcome: Outcome) -> None:
        self._outcomes[share, name].append(outcome)

    def rows(self) -> list[list[str]]:
        """Of each load, the first is the reference of the others."""
        rows = []
        reference: dict[float, float] = {}
        for (share, name), outcomes in self._outcomes.items():
            latency = Histogram.merged(outcome.latency for outcome in outcomes)
            late = Histogram.merged(outcome.late for outcome in outcomes)
            # Of each round by itself: one in which somebody else was busy must not decide.
            rounds = sorted(outcome.latency.quantile(0.99) for outcome in outcomes)
            p99 = statistics.median(rounds)
            base = reference.setdefault(share, p99)
            rows.append(
                [
                    f"{share:.0%}",
                    name,
                    f"{statistics.mean(outcome.rate for outcome in outcomes):,.0f}",
                    ms(latency.quantile(0.5)),
                    ms(p99) if len(rounds) == 1 else f"{ms(p99)} ({spread(rounds)})",
                    ms(latency.quantile(0.999)),
                    ms(latency.max),
                    f"{p99 / base:.2f}",
                    kinds(sum((outcome.errors for outcome in outcomes), Counter())),
                    ms(late.quantile(0.99)),
                    ms(late.max),
                ]
            )
        return rows


class Windows(msgspec.Struct):
    """A run, and when in it changed links were reloaded: from the commit until every worker answered, in ns."""

    outcome: Outcome
    windows: list[tuple[int, int]]

    def inside(self) -> list[tuple[int, int]]:
        """Those that lie within the measured part of the run: others were while nobody asked."""
        slots = self.outcome.slots
        asked = [n for n, worst in enumerate(slots) if worst]
        if not asked:
            raise ValueError("nothing was measured")
        begin = self.outcome.start_ns + asked[0] * self.outcome.slot_ns
        end = self.outcome.start_ns + (asked[-1] + 1) * self.outcome.slot_ns
        return [(first, last) for first, last in self.windows if begin <= first and last <= end]

    def worst(self) -> list[int]:
        """The longest latency of each reload, ns."""
        return [self.outcome.worst_between(begin, end) for begin, end in self.inside()]

    def worst_between(self) -> list[int]:
        """The same of stretches as long, each midway between two reloads: what the machine does by itself."""
        found = []
        windows = self.inside()
        for (_, end), (begin, last) in zip(windows, windows[1:], strict=False):
            middle, half = (end + begin) // 2, (last - begin) // 2
            found.append(self.outcome.worst_between(middle - half, middle + half))
        return found

    def rows(self, name: str) -> list[list[str]]:
        rows = []
        for when, worst in (("during a reload", self.worst()), ("as long, between two", self.worst_between())):
            rows.append([name, when, str(len(worst)), ms(statistics.median(worst)), ms(max(worst))])
        return rows


def reload_table(ours: Windows, nginx: Windows) -> Table:
    took = statistics.median(end - begin for begin, end in ours.inside())
    over = sum(worst > AIM_MS * 1e6 for worst in ours.worst())
    return Table(
        "Latency while 10,000 changed links are reloaded",
        "At 50 %. One transaction changes 10,000 links, again and again; a reload lasts from the commit until the "
        "worker answers all of them. Of each reload the longest latency counts, and of a stretch as long between two "
        "reloads. nginx was measured while the same went on beside it, on the clients' cores.",
        ["", "", "stretches", "median of the longest, ms", "longest of all, ms"],
        [*ours.rows("Fingerpost"), *nginx.rows("nginx")],
        f"A reload took {took / 1e6:.0f} ms (median). Aim: none over {AIM_MS:.0f} ms; there were {over}.",
    )


def tables(
    rate: float,
    alone: Cells,
    written: tuple[Cells, str],
    reloaded: tuple[Windows, Windows],
    held: tuple[Cells, str],
    remarks: str,
) -> list[Table]:
    """All of them, in the order of ``bench.latency``."""
    return [
        Table(
            "Latency at a fixed rate",
            f"Open loop, Poisson arrivals, {CONNECTIONS} connections, from the scheduled time. 100 % is what nginx "
            f"with a buffered access log answered in a closed loop in the same run: {rate:,.0f}/s.",
            COLUMNS,
            alone.rows(),
            remarks,
        ),
        Table(
            "Latency while links are written",
            "The same beside 100 creates a second through the API and a running `fingerpost links import`. nginx was "
            "measured while they went on too, all of it on the clients' cores. The client naps, to leave them room.",
            COLUMNS,
            written[0].rows(),
            written[1],
        ),
        reload_table(*reloaded),
        Table(
            "Latency beside idle and slow connections",
            "At 50 %, with connections that were used once and are kept, and some that send a byte of a request each "
            "second and never end it, against the same without.",
            COLUMNS,
            held[0].rows(),
            held[1],
        ),
    ]
