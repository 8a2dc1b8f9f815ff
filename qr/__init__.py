"""QR codes: a text and a design in, an SVG, PNG or PDF out.

Knows nothing of links, of HTTP or of where designs and logos are kept.
"""
