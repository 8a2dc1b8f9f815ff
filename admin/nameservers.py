"""How the address of a name server is written in the configuration. Pure."""

import ipaddress

DNS_PORT = 53


def nameserver_of(text: str) -> tuple[str, int]:
    """Address and port of a name server: ``192.0.2.1``, ``192.0.2.1:5353``, ``2001:db8::1`` or ``[2001:db8::1]:5353``.

    Raises ``ValueError`` for anything else.
    """
    address, port = text, str(DNS_PORT)
    if text.startswith("["):
        address, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("a bracket that does not close, or something behind it")
        port = rest[1:] if rest else port
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535):
        raise ValueError("not a port")
    return str(ipaddress.ip_address(address)), int(port)
