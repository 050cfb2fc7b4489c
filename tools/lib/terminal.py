"""What others chose, for a terminal."""


def printable(text):
    """A name may hold anything: a control character must write no line of its own."""
    return "".join(c if c.isprintable() else "?" for c in text)
