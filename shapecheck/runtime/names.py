"""Names of functions as reports write them, and names of variables in generated text."""

MARK = "\N{SECTION SIGN}"  # no part of any name, nor of anything else that is generated


def short_name(qualified: str) -> str:
    """A qualified name without the functions that it is nested in: ``Layer.forward``."""
    return qualified.rsplit("<locals>.", 1)[-1]


def marked(name: str) -> str:
    """A variable's name as generated text holds it until it is compiled: between marks.

    So the user's names are found at once, and texts that differ in nothing else are compiled once.
    """
    return f"{MARK}{name}{MARK}"


def unmarked(text: str) -> str:
    """Text without marks: as a reader sees it."""
    return text.replace(MARK, "")
