"""The ledger and what shows a proof, as the one wheel of ours that the browser installs."""

from importlib.metadata import version
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[3]
NAME = "rgm_proofs"
# Of the course only what shows a proof: its other parts draw with matplotlib.
COURSE = ("proof.py", "lite/browser.py")


def write_wheel(folder: Path) -> Path:
    """The ledger and the module that shows it as a wheel; the same bytes every time."""
    release = version("rgm-course")
    info, tag = f"{NAME}-{release}.dist-info", "py3-none-any"
    members = {f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {release}\n"}
    members[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
    members |= dict.fromkeys(("course/__init__.py", "course/lite/__init__.py"), "")
    sources = [ROOT / "notebooks" / "course" / name for name in COURSE]
    sources += sorted((ROOT / "derivations").rglob("*.py"))
    sources.append(ROOT / "derivations" / "recorded.json")
    for source in sources:
        base = ROOT / "notebooks" if "notebooks" in source.relative_to(ROOT).parts else ROOT
        members[source.relative_to(base).as_posix()] = source.read_text(encoding="utf-8")
    members[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*members, f"{info}/RECORD"])
    wheel = folder / f"{NAME}-{release}-{tag}.whl"
    with ZipFile(wheel, "w", ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    return wheel
