"""What to say about a name that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(name: str, known: Iterable[str], owner: str) -> str:
    """The end of a message: what came, the nearest known name if one is near, all known names."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"got {name!r}{hint} ({owner}: {', '.join(names) or 'none'})"
