"""Who is at the other end of a connection: see :mod:`clicks.addresses`, where visits are read by the same rules."""

from clicks.addresses import NO_PEER as NO_PEER
from clicks.addresses import Networks as Networks
from clicks.addresses import counted_as as counted_as
from clicks.addresses import peer_bytes as peer_bytes
