"""Whose request it is, behind proxies that are trusted: see :mod:`clicks.forwarded`, where visits are read by the same
rules."""

from clicks.forwarded import HEADERS as HEADERS
from clicks.forwarded import MOST_ENTRY_BYTES as MOST_ENTRY_BYTES
from clicks.forwarded import MOST_PAIRS as MOST_PAIRS
from clicks.forwarded import MOST_STEPS as MOST_STEPS
from clicks.forwarded import ForwardingFields as ForwardingFields
from clicks.forwarded import client_address as client_address
from clicks.forwarded import told as told
