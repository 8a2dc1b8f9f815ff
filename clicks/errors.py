"""What can be wrong with clicks.db."""


class StatisticsError(Exception):
    """clicks.db cannot be used by this program: it was made by a newer one, or is none. One line."""


class StatisticsUnavailable(StatisticsError):
    """clicks.db cannot be used at the moment: a full disk, permissions, a lock. One line."""
