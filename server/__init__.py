"""The redirect worker: bytes in, redirect out. No database on the request path."""
