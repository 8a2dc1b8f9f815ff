"""The admin process: the REST APIs, JSON in and out. Writes the link tables."""
