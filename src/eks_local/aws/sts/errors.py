"""STS's errors, with the status each has on AWS."""


class StsError(Exception):
    """A refusal in STS's words."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def access_denied(message: str) -> StsError:
    """403 AccessDenied."""
    return StsError("AccessDenied", message, 403)


def invalid_token(message: str) -> StsError:
    """400 InvalidIdentityToken."""
    return StsError("InvalidIdentityToken", message)
