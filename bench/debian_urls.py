"""Real destinations: the Homepage fields of Debian's package index as a CSV file for ``fingerpost links import``.

    python -m bench.debian_urls > homepages.csv         (runs `apt-cache dumpavail`; Debian and its kin)
    apt-cache dumpavail | python -m bench.debian_urls - > homepages.csv

A row for each package that names a homepage: the slug is the package's name, the label its section. Nothing is
cleaned: some of these are odd, which is the point.
"""

import csv
import subprocess
import sys
from collections.abc import Iterable, Iterator


def homepages(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(package, homepage, section) of each paragraph (deb-control(5)) that has a homepage, first come first served."""
    seen: set[str] = set()
    fields: dict[str, str] = {}
    for line in [*lines, "\n"]:
        name, colon, value = line.partition(":")
        if line.strip():
            if colon and not line[0].isspace():
                fields[name] = value.strip()
            continue
        package = fields.get("Package", "")
        if "Homepage" in fields and package not in seen:
            seen.add(package)
            yield package, fields["Homepage"], fields.get("Section", "")
        fields = {}


def main(arguments: list[str]) -> int:
    if arguments == ["-"]:
        lines: Iterable[str] = sys.stdin
    else:
        try:
            dump = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True)
        except FileNotFoundError:
            print("there is no apt-cache here; this script reads Debian's package index", file=sys.stderr)
            return 1
        lines = dump.stdout.splitlines(keepends=True)
    out = csv.writer(sys.stdout)
    out.writerow(["slug", "url", "labels"])
    out.writerows(homepages(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
