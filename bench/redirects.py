"""What a redirect costs: our worker, nginx, haproxy, aiohttp, and a constant answer, in turn in one run.

100,000 slugs asked for at random under 1,200 heads of browsers, curl and proxies, by wrk (closed loop). Server and
client have a core each where there are two. CPU time is that of all processes of a contestant, by the kernel's
accounting. Several rounds, since machines are noisy: in each, every contestant has a turn, and the order is another.
"""

import statistics
from pathlib import Path

import msgspec

from bench import contestants, cores, machine, tools, traffic, verify
from bench.contestants import NGINX, WORKER, Contestant, Running
from bench.plot import Bar, bars
from bench.report import Plot, Table
from bench.scaling import two_workers
from bench.wrk import CONNECTIONS, drive

ROUNDS = 3
SECONDS = 4
WARM_UP_SECONDS = 1
UNKNOWN = b"GET /unknown HTTP/1.1\r\nHost: links.fingerpost.example.com\r\n\r\n"
COLUMNS = [
    "",
    "CPU µs a redirect",
    "of it in the kernel",
    "ratio to nginx with log",
    "redirects/s",
    "core busy",
    "MB",
    "bytes a link",
    "bytes an answer",
]


class Turn(msgspec.Struct):
    """One contestant in one round. CPU in µs a redirect."""

    user: float
    system: float
    rate: float
    busy: float
    memory: int
    at_rest: int
    answer_bytes: int

    @property
    def cpu(self) -> float:
        return self.user + self.system


def check(contestant: Contestant, running: Running) -> int:
    """Raises ``verify.WrongAnswer``; the bytes of an answer."""
    expected = traffic.all_heads()
    if not contestant.has_table:
        return verify.check(running.port, [(request, contestants.CONSTANT) for request, _ in expected])
    verify.check_unknown(running.port, UNKNOWN)
    return verify.check(running.port, expected)


def take_turn(contestant: Contestant, directory: Path) -> Turn:
    """Start, check, warm up, measure, end."""
    script = directory / f"{contestant.requests}.lua"
    with contestants.turn(contestant, directory) as running:
        try:
            answer_bytes = check(contestant, running)
        except verify.WrongAnswer as wrong:
            raise verify.WrongAnswer(f"{contestant.name}: {wrong}") from wrong
        at_rest = machine.pss_of(running.pids)
        drive(script, running.port, WARM_UP_SECONDS)
        before = machine.cpu_split(running.pids)
        driven = drive(script, running.port, SECONDS)
        user, system = (now - then for now, then in zip(machine.cpu_split(running.pids), before, strict=True))
        return Turn(
            user=user / driven.count * 1e6,
            system=system / driven.count * 1e6,
            rate=driven.count / driven.seconds,
            busy=(user + system) / driven.seconds,
            memory=machine.pss_of(running.pids),
            at_rest=at_rest,
            answer_bytes=answer_bytes,
        )


def rotated(names: tuple[Contestant, ...], round_: int, rounds: int) -> tuple[Contestant, ...]:
    """Another order in each round, so that nobody always comes after the same neighbour's heat."""
    by = round_ * len(names) // rounds
    return names[by:] + names[:by]


def bytes_a_link(contestant: Contestant, directory: Path, at_rest: float) -> float | None:
    """What 100,000 links cost in memory, against one link; at rest, before the load."""
    if not contestant.has_table or contestant.requests != "usual":
        return None
    with contestants.turn(contestant, directory, links=1) as running:
        verify.check_unknown(running.port, UNKNOWN)
        return (at_rest - machine.pss_of(running.pids)) / (traffic.SLUGS - 1)


def spread(values: list[float], digits: int = 2) -> str:
    """The median, and between which values it lies."""
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return middle if low == high else f"{middle} ({low}–{high})"


def row(contestant: Contestant, turns: list[Turn], reference: list[Turn], links: float | None) -> list[str]:
    """``reference``: nginx's turns of the same rounds, empty where there is no nginx."""
    ratios = [turn.cpu / base.cpu for turn, base in zip(turns, reference, strict=True)] if reference else []
    return [
        contestant.name,
        spread([turn.cpu for turn in turns]),
        f"{statistics.median(turn.system / turn.cpu for turn in turns):.0%}",
        spread(ratios) if ratios else "",
        f"{statistics.median(turn.rate for turn in turns):,.0f}",
        f"{statistics.median(turn.busy for turn in turns):.0%}",
        f"{statistics.median(turn.memory for turn in turns) / 1e6:.1f}",
        "" if links is None else f"{links:.0f}",
        str(turns[0].answer_bytes),
    ]


def plot(turns: dict[Contestant, list[Turn]]) -> Plot:
    """The table's first columns as bars."""
    reference = turns.get(NGINX, [])
    drawn = []
    for contestant, own in turns.items():
        costs = [turn.cpu for turn in own]
        share = statistics.median(turn.system / turn.cpu for turn in own)
        label = f"{statistics.median(costs):.1f} µs"
        if reference:
            ratios = [turn.cpu / base.cpu for turn, base in zip(own, reference, strict=True)]
            label += f" · {statistics.median(ratios):.2f}×"
        drawn.append(
            Bar(
                contestant.name,
                statistics.median(costs),
                min(costs),
                max(costs),
                share,
                label,
                contestant.start is WORKER.start,
            )
        )
    subtitle = (
        f"{traffic.SLUGS:,} links, heads as clients send them, one core; × against nginx with a buffered access log"
    )
    return Plot("CPU time of a redirect", bars("CPU time of a redirect", subtitle, "µs", drawn))


def prepare(directory: Path) -> None:
    """The files of requests, and the scripts that make wrk send them."""
    for name, requests, first in (
        ("usual", traffic.usual(), 0),
        ("once", traffic.heads_once(), 0),
        ("proxied", traffic.proxied(), 0),
        ("slow first", traffic.slow_first(), traffic.SLOW_FIRST),
    ):
        file = traffic.write(directory / name, requests)
        traffic.write_wrk_script(directory / f"{name}.lua", file, first)


def measure(present: tuple[Contestant, ...], directory: Path) -> dict[Contestant, list[Turn]]:
    """Everybody's turns, by round."""
    turns: dict[Contestant, list[Turn]] = {contestant: [] for contestant in present}
    for round_ in range(ROUNDS):
        for contestant in rotated(present, round_, ROUNDS):
            turns[contestant].append(take_turn(contestant, directory))
    return turns


def run(directory: Path) -> list[Table]:
    """The tables of this scenario."""
    if tools.find("wrk") is None:
        return [Table("Redirects", "Not measured: wrk is not installed (Debian: wrk).")]
    place = directory / "redirects"
    place.mkdir()
    prepare(place)
    present, missing = contestants.present()
    noise = machine.Noise()
    turns = measure(present, place)
    remarks = f"{cores.describe().capitalize()}. {noise}{missing}"
    rows = []
    for contestant, own in turns.items():
        links = bytes_a_link(contestant, place, statistics.median(turn.at_rest for turn in own))
        rows.append(row(contestant, own, turns.get(NGINX, []), links))
    table = Table(
        "Redirects",
        f"{traffic.SLUGS:,} slugs at random, {traffic.HEADS:,} distinct heads of browsers, curl and proxies; wrk, "
        f"{CONNECTIONS} connections, closed loop. Medians of {ROUNDS} rounds (least–most); the ratio is to nginx in "
        "the same round. Our worker records every visit in its journal.",
        COLUMNS,
        rows,
        remarks,
        plot(turns),
    )
    return [table, two_workers(place)]
