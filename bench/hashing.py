"""Hashes passwords as the admin does, one after another with its priority, as a process of its own, which SIGTERM ends.

    python -m bench.hashing

Says so when it begins. When it has been ended, it prints how many that were and the seconds that it took, as JSON.
"""

import json
import os
import signal
import time

from argon2 import PasswordHasher

from admin.passwords import LANES, MEMORY_KIB, NICENESS, PASSES


def main() -> None:
    came: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    os.nice(NICENESS)
    hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
    began, count = time.monotonic(), 0
    print("ready", flush=True)
    while not came:
        hasher.hash(b"not this")
        count += 1
    print(json.dumps({"hashes": count, "seconds": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    main()
