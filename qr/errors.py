"""What can be wrong with a design or a picture: one kind of error, which names the field."""


class DesignError(ValueError):
    """``field``: the field of :class:`qr.design.Design` (or ``data``, ``size``) that cannot be; ``message``: why, for
    whoever sent it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
