"""How this package says no; the edge turns it into an answer of the API."""


class AccountsRefusal(Exception):
    """A request that a well-behaved client can get wrong; nothing was changed.

    Attributes:
        code: One of the API's `ErrorCode` names, such as EMAIL_TAKEN.
        field: The input that it is about, such as "email"; "" for none.
        message: For a person, in plain words.
    """

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field
        self.message = message


class TooBusy(Exception):
    """So many passwords wait to be hashed that this one was not taken.

    Attributes:
        retry_after_seconds: When to try again.
    """

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(f"try again in {retry_after_seconds:g} s")
        self.retry_after_seconds = retry_after_seconds
