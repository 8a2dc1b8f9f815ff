"""Link-in-bio pages: what stands on one in, one HTML document out.

Knows nothing of HTTP, of how pages are kept or of the redirect server.
"""
