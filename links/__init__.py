"""What a link is, where links are kept, and the feed of their changes.

Knows nothing of HTTP, of the redirect server or of the admin's APIs.
"""
