"""Verdicts as small shapes in an SVG, told apart without colour, and linked to their claims."""

from html import escape

from course.site.claims import css
from derivations import REGISTRY

R = 5.0  # radius of a mark


def mark(verdict: str, x: float, y: float) -> str:
    """Full disc: holds. Half disc: holds if. Cross: fails. Ring: open."""
    ring = f'<circle cx="{x:g}" cy="{y:g}" r="{R}" class="ring"/>'
    half = f'<path d="M{x:g} {y - R:g}a{R} {R} 0 0 0 0 {2 * R}z" class="full"/>'
    arm = R - 0.5
    across = f"M{x - arm:g} {y - arm:g}l{2 * arm} {2 * arm}m0 {-2 * arm}l{-2 * arm} {2 * arm}"
    return {
        "holds": f'<circle cx="{x:g}" cy="{y:g}" r="{R}" class="full"/>',
        "holds if": ring + half,
        "fails": f'<path d="{across}" class="cross"/>',
        "open": ring,
    }[verdict]


def node(claim_id: str, verdict: str, x: float, y: float, label: str = "", page: str = "") -> str:
    """A mark (and what is written at it) that leads to the claim; hovering tells its sentence."""
    told = escape(f"{claim_id}: {REGISTRY[claim_id].title} ({verdict})")
    return (
        f'<a href="{page}#claim-{claim_id}" class="{css(verdict)}" data-claim="{claim_id}">'
        f"<title>{told}</title>"
        f'<circle cx="{x:g}" cy="{y:g}" r="{R + 2}" class="hit"/>{mark(verdict, x, y)}{label}</a>'
    )


def edge(basis: str, result: str, path: str, corrected: bool) -> str:
    """A line between two claims; broken where the basis is refuted: its corrected form is used."""
    kind = "edge corrected" if corrected else "edge"
    return f'<path class="{kind}" data-from="{basis}" data-to="{result}" d="{path}"/>'


def picture(name: str, title: str, told: str, size: tuple[float, float], content: list[str]) -> str:
    """A whole SVG, with a title and a description for those who do not see it.

    A group and not an image, since what an image holds cannot be reached by a screen reader.
    """
    return "\n".join(
        [
            f'<svg class="ledger-graph {name}" role="group" viewBox="0 0 {size[0]:g} {size[1]:g}" '
            f'style="max-width:{size[0]:g}px" aria-labelledby="{name}-title {name}-told">',
            f'<title id="{name}-title">{escape(title)}</title>',
            f'<desc id="{name}-told">{escape(told)}</desc>',
            *content,
            "</svg>",
        ]
    )
