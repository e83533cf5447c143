"""A run from beginning to end: claim the folder, set up, train, test, draw."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rgm_torch.data.batch import Corpus
from rgm_torch.training.assemble import assemble
from rgm_torch.training.config import Config, differences
from rgm_torch.training.display import Display
from rgm_torch.training.errors import Mistake
from rgm_torch.training.finish import finish, missing_classes
from rgm_torch.training.folder import Folder
from rgm_torch.training.loop import run
from rgm_torch.training.session import Session


def train(
    config: Config,
    out: str | Path,
    *,
    resume: bool = False,
    corpus: Corpus | None = None,
    display: Display | None = None,
    draw: bool = True,
) -> dict[str, Any]:
    """Train in the folder `out`; returns the result, which is also in the folder's result.json.

    With `resume`, what is there goes on: from its last checkpoint, from the beginning if it has
    none, or not at all if it is finished. `corpus` spares loading the data; it must be the one that
    the configuration names. `draw` makes the figures. Sets torch's global generator.
    Raises: Mistake (a ValueError) for a configuration that cannot be run, for a folder that is in
    use or holds another run; Stopped for NaN or a full disk; Interrupted on SIGINT and SIGTERM.
    """
    folder, display = Folder(Path(out)), display or Display()
    with folder.lock():
        check_claim(folder, config, resume)
        if not folder.result.exists():
            session = open_session(folder, config, corpus, display)
            run(session, display)
            result = finish(session)
            if draw:
                from rgm_torch.training import figures  # Matplotlib, only for who draws

                figures.draw(folder)
            folder.write_result(result)  # last: with it the run is finished
        return folder.read_result()


def check_claim(folder: Folder, config: Config, resume: bool) -> None:
    """Raise Mistake where the folder holds a run that this one would overwrite."""
    if not folder.config.exists():
        return
    if not resume:
        raise Mistake(f"{folder.path}: holds a run; add --resume to go on, or choose another --out")
    if changed := differences(config, asdict(folder.read_config())):
        raise Mistake(f"{folder.path}: holds a run that differs: {'; '.join(changed)}")


def open_session(
    folder: Folder, config: Config, corpus: Corpus | None, display: Display
) -> Session:
    """All parts of the run, as far as it has come. Raises: Mistake for what cannot be run."""
    try:
        parts = assemble(config, corpus)
        missing = missing_classes(parts.corpus)
    except (ValueError, ImportError, OSError) as error:
        raise Mistake(str(error)) from error
    session = Session(config, parts, folder)
    session.resume()
    folder.write_start(config)
    for split, names in missing.items():
        display.say(f"note: the {split} split has no clip of {', '.join(names)}")
    display.say(session.where())
    return session
