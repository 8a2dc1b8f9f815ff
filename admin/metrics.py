"""``GET /metrics``: how the service is, as Prometheus reads it (text exposition format 1.0.0).

Nothing is kept between two requests but the times of creates: what is answered is gathered when it is asked for. The
registry is one of its own, of that one answer; prometheus-client's process-wide one and its multi-process mode are not
used.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import NamedTuple

from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from admin.create_times import CreateTimes
from admin.errors import Failure, Problem
from admin.routing import Gate
from admin.tls_ask import is_loopback
from clicks.answers import State
from links.counts import ANSWERS, Counts
from links.model import DEFAULT_WORKSPACE

PATH = "/metrics"
SCOPE = "reports:read"

FORWARDING = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
"""Header fields that show a proxy: what comes from this machine with one of them was asked by somebody else."""

_MS = 1_000


class Snapshot(NamedTuple):
    """What there is to tell. ``up``: whether ``/healthz`` says that all is well; ``counts``, ``watermarks``: see
    ``links.hub``, by worker from 0; ``expected``: workers, 0 where that is not known; ``missing``: those that answer
    requests and do not follow; ``state``: of the collector, ``None`` where it cannot be read; ``sizes``: bytes of each
    store; ``proxies``: warnings about proxies that are not trusted."""

    up: bool
    rev: int
    expected: int
    missing: int
    counts: Mapping[int, Counts]
    watermarks: Mapping[int, int]
    state: State | None
    sizes: Mapping[str, int]
    proxies: int


Gather = Callable[[], Awaitable[Snapshot]]


class Metrics(NamedTuple):
    """What the endpoint works with: ``admin.metrics_source`` and the times that ``admin.app`` takes."""

    gather: Gather
    creates: CreateTimes


class Families(Collector):
    """The metrics of one answer."""

    def __init__(self, snapshot: Snapshot, creates: CreateTimes) -> None:
        self._snapshot = snapshot
        self._creates = creates

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        yield from self._service()
        yield from self._workers()
        yield from self._collector()
        times = HistogramMetricFamily(
            "fingerpost_create_seconds", "Time that API calls took which made links, until every worker answered them."
        )
        times.add_metric([], self._creates.buckets(), self._creates.sum_s)
        yield times

    def _service(self) -> Iterator[Metric]:
        now = self._snapshot
        yield _gauge("up", "Whether the database and all redirect workers are well, as /healthz says.", int(now.up))
        yield _gauge("rev", "Number of the last committed change.", now.rev)
        yield _gauge("workers_expected", "Redirect workers there should be; 0 where that is not known.", now.expected)
        yield _gauge("workers_following", "Redirect workers that follow changes.", len(now.watermarks))
        yield _gauge("workers_missing", "Redirect workers that answer requests and do not follow.", now.missing)
        yield _gauge("unlisted_proxies", "Private addresses that server.trusted_proxies lacks.", now.proxies)
        sizes = GaugeMetricFamily("fingerpost_storage_bytes", "Size of the files.", labels=["store"])
        for store, size in now.sizes.items():
            sizes.add_metric([store], size)
        yield sizes

    def _workers(self) -> Iterator[Metric]:
        now = self._snapshot
        answers = CounterMetricFamily(
            "fingerpost_answers", "Answers of the redirect workers, by kind.", labels=["worker", "kind"]
        )
        lost = CounterMetricFamily("fingerpost_visits_lost", "Visits that were not recorded.", labels=["worker"])
        short = CounterMetricFamily(
            "fingerpost_visits_shortened", "Visits of which only time and link were recorded.", labels=["worker"]
        )
        slow = CounterMetricFamily(
            "fingerpost_slow_requests", "Requests that the fast path left to the HTTP library.", labels=["worker"]
        )
        links = GaugeMetricFamily("fingerpost_worker_links", "Slugs in the worker's table.", labels=["worker"])
        revs = GaugeMetricFamily("fingerpost_worker_rev", "Last change that the worker answers.", labels=["worker"])
        for worker, counts in sorted(now.counts.items()):
            for kind, count in zip(ANSWERS, counts.answers, strict=True):
                answers.add_metric([str(worker), kind], count)
            lost.add_metric([str(worker)], counts.lost)
            short.add_metric([str(worker)], counts.shortened)
            slow.add_metric([str(worker)], counts.slow)
            if worker in now.watermarks:
                links.add_metric([str(worker)], counts.links)
        for worker, rev in sorted(now.watermarks.items()):
            revs.add_metric([str(worker)], rev)
        yield from (answers, lost, short, slow, links, revs)

    def _collector(self) -> Iterator[Metric]:
        state = self._snapshot.state
        if state is None:
            return
        yield _counter("collector_commits", "Transactions of the collector.", state.commits)
        yield _counter("collector_visits", "Visits that have been counted.", state.visits)
        yield _counter("collector_lost", "Visits of which the journal says that they were not recorded.", state.lost)
        yield _counter("collector_damaged", "Records of the journal that could not be read.", state.damaged)
        help_ = "Time of the collector's last commit, seconds since 1970."
        yield _gauge("collector_commit_timestamp_seconds", help_, state.at / _MS)
        yield _gauge("journal_lag_records", "Records not counted yet at the last commit.", state.lag_records)
        yield _gauge("journal_lag_seconds", "Age of the oldest of them then.", state.lag_ms / _MS)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily("fingerpost_" + name, help_, value=value)


def _counter(name: str, help_: str, value: float) -> Metric:
    return CounterMetricFamily("fingerpost_" + name, help_, value=value)


def text_of(snapshot: Snapshot, creates: CreateTimes) -> bytes:
    """The answer's body."""
    registry = CollectorRegistry()
    registry.register(Families(snapshot, creates))
    return generate_latest(registry)


def is_local(request: web.Request) -> bool:
    """Whether this machine asks, for itself: no proxy on it has passed the request on."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    address = peer[0] if isinstance(peer, tuple) else None
    return is_loopback(address) and not any(name in request.headers for name in FORWARDING)


def telling(metrics: Metrics, gate: Gate) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler: without a key for this machine; others need one of the first workspace with ``SCOPE``, because the
    numbers are those of all workspaces."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if not is_local(request):
            key = await gate.admit(request, SCOPE)
            if key.workspace != DEFAULT_WORKSPACE:
                raise Problem(Failure.SCOPE, "Metrics are for keys of workspace 1.")
        body = text_of(await metrics.gather(), metrics.creates)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer
