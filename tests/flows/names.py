"""A name server on the loopback interface, whose records tests set while it runs."""

import socket
import threading

from dnslib import QTYPE, RCODE, RR, DNSRecord

SERVFAIL = "SERVFAIL"
SILENT = "SILENT"
_TYPES = {"A", "AAAA", "CNAME"}
_POLL_S = 0.05


class NameServer:
    """Answers over UDP, as a resolver does: with the whole chain of CNAMEs, unless ``by_steps``.

    ``zone`` maps a name without its last dot to records such as ``A 203.0.113.7``; :data:`SERVFAIL` is answered with
    that error, :data:`SILENT` never. Other names do not exist.
    """

    def __init__(self, *, by_steps: bool = False) -> None:
        self.zone: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self._by_steps = by_steps
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(_POLL_S)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                data, peer = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            answer = self._answer(DNSRecord.parse(data))
            if answer is not None:
                self._socket.sendto(answer.pack(), peer)

    def _answer(self, asked: DNSRecord) -> DNSRecord | None:
        name, kind = str(asked.q.qname).rstrip(".").lower(), QTYPE[asked.q.qtype]
        self.asked.append(name)
        answer = asked.reply()
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            records = self.zone.get(name)
            if records is None:
                answer.header.rcode = RCODE.NXDOMAIN
                return answer
            if records == [SILENT]:
                return None
            if records == [SERVFAIL]:
                answer.header.rcode = RCODE.SERVFAIL
                return answer
            here = name
            for record in records:
                what, value = record.split(" ")
                assert what in _TYPES
                if what in (kind, "CNAME"):
                    answer.add_answer(*RR.fromZone(f"{here}. 60 IN {what} {value}"))
                if what == "CNAME" and not self._by_steps:
                    name = value.rstrip(".")
        return answer
