"""A link answers at every worker when its creation is acknowledged, whatever is killed or imported meanwhile."""

import asyncio
import csv
from pathlib import Path

from tests.flows.product import FINGERPOST, Product
from tests.flows.trials import CLIENTS, Trial, kill_admin, kill_worker, run

PAIRS = 10_000
WORKER_KILLS = 6
ADMIN_KILLS = 20
IMPORTED = 50_000


def test_no_visit_misses_a_link_that_was_created(product: Product) -> None:
    trial = Trial(product, "plain")
    run(trial.run(PAIRS))
    assert len(trial.created) >= PAIRS, trial
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert (trial.broken_calls, trial.broken_visits) == (0, 0), trial


def test_no_visit_misses_a_link_while_workers_are_killed(product: Product) -> None:
    trial = Trial(product, "worker-kills")
    run(trial.run(PAIRS, kill_worker(WORKER_KILLS, PAIRS // (WORKER_KILLS + 1))))
    assert len(trial.created) >= PAIRS, trial
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert trial.broken_calls == 0, trial
    # Only connections that the killed worker had accepted break: one a client each time.
    assert trial.broken_visits <= WORKER_KILLS * CLIENTS, trial


def test_no_visit_misses_a_link_while_the_admin_is_killed(product: Product) -> None:
    trial = Trial(product, "admin-kills")
    run(trial.run(PAIRS, kill_admin(ADMIN_KILLS, PAIRS // (ADMIN_KILLS + 1))))
    assert len(trial.created) >= PAIRS, trial
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert trial.broken_visits == 0, trial
    # Nobody is told no: only what was under way breaks, one create a client each time.
    assert 0 < trial.broken_calls <= ADMIN_KILLS * CLIENTS, trial


def test_no_visit_misses_a_link_during_an_import(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    with open(file, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["slug", "url"])
        writer.writerows([f"imported-{n}", f"https://example.com/imported/{n}"] for n in range(IMPORTED))
    acknowledged: list[int] = []

    async def import_links(trial: Trial) -> None:
        process = await asyncio.create_subprocess_exec(
            *FINGERPOST,
            *("--config", str(product.config), "links", "import", str(file)),
            env=product.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        before = len(trial.created)
        out, err = await process.communicate()
        acknowledged.append(len(trial.created) - before)
        assert (out.decode(), err.decode()) == (f"{IMPORTED} created, 0 unchanged, 0 failed\n", "")
        # What a command writes holds when it returns.
        for n in range(0, IMPORTED, IMPORTED // 500):
            await trial.visit(f"imported-{n}", 301, f"https://example.com/imported/{n}", "imported")
        await trial.visit(f"imported-{IMPORTED - 1}", 301, f"https://example.com/imported/{IMPORTED - 1}", "imported")

    trial = Trial(product, "import")
    run(trial.run(0, import_links))
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert (trial.broken_calls, trial.broken_visits) == (0, 0), trial
    assert acknowledged[0] > CLIENTS, trial
