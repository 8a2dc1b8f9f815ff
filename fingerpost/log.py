"""One line a message on stderr: time, level, process, text. No line is written for a redirect."""

import logging


def configure(process: str) -> None:
    """Send log records of this process to stderr."""
    logging.basicConfig(
        level=logging.INFO, format=f"%(asctime)s %(levelname)s {process}: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z"
    )
    logging.getLogger("asyncio").setLevel(logging.WARNING)
