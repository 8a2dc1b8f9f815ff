"""The clock of the commands that open the database themselves. Elsewhere clocks are passed in."""

import time


def now_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000
