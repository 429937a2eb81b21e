"""Names of functions, as reports write them."""


def short_name(qualified: str) -> str:
    """A qualified name without the functions that it is nested in: ``Layer.forward``."""
    return qualified.rsplit("<locals>.", 1)[-1]
