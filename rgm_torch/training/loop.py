"""The training loop: epochs, and what happens between two steps."""

import math
import time

from rgm_torch.data.batch import loader, shuffled
from rgm_torch.data.readers.media import MediaError
from rgm_torch.methods.outputs import outputs
from rgm_torch.training.display import Display
from rgm_torch.training.errors import Interrupted, Stopped
from rgm_torch.training.evaluate import summary
from rgm_torch.training.interrupt import Interrupt
from rgm_torch.training.monitor import READ_EVERY
from rgm_torch.training.schedule import factor, set_epoch, set_rate, whole_batches
from rgm_torch.training.session import Session
from rgm_torch.training.step import step


def run(session: Session, display: Display) -> None:
    """All epochs that are left. Raises: Interrupted, or Stopped for NaN, a full disk, bad media."""
    try:
        with Interrupt() as asked, display:
            while session.progress.epoch < session.config.epochs:
                train_epoch(session, display, asked)
                close_epoch(session, display)
                heed(session, asked)
    except MediaError as error:
        raise session.stopped(str(error)) from None


def train_epoch(session: Session, display: Display, asked: Interrupt) -> None:
    """The steps that are left of the present epoch."""
    progress, parts, size = session.progress, session.parts, session.config.batch_size
    if not progress.order:
        parts.method.start_epoch(progress.epoch)
        progress.order = order(session)
    parts.method.train()
    set_epoch(parts.corpus.train, progress.epoch)
    left = progress.order[progress.batch * size :]
    clock = time.perf_counter()
    for batch in loader(parts.corpus.train, size, order=left, workers=session.config.workers):
        set_rate(parts.optimizer, factor(session.config.schedule, part(session)))
        try:
            loss = step(parts, batch.to(parts.device))
        except FloatingPointError as error:
            raise session.stopped(f"{error}; try a smaller lr") from None
        now = time.perf_counter()
        progress.count(loss, len(batch), now - clock)
        clock = now
        after_step(session, display, asked)


def order(session: Session) -> list[int]:
    """The epoch's rows. Raises: Stopped where the method asks for none."""
    config, epoch = session.config, session.progress.epoch
    rows = session.parts.method.order(epoch)
    if rows is None:
        rows = shuffled(len(session.parts.corpus.train), config.seed, epoch)
    if not len(rows):
        raise Stopped(f"the method {config.method!r} asks for no rows in epoch {epoch + 1}")
    return whole_batches(rows, config.batch_size)


def part(session: Session) -> float:
    """How much of the run is done, in [0, 1)."""
    progress = session.progress
    return (progress.epoch + progress.batch / batches(session)) / session.config.epochs


def batches(session: Session) -> int:
    """Steps of the present epoch."""
    return math.ceil(len(session.progress.order) / session.config.batch_size)


def after_step(session: Session, display: Display, asked: Interrupt) -> None:
    """Show, save and stop when it is time."""
    progress, every = session.progress, session.config.checkpoint_every
    if progress.batch % READ_EVERY == 0:
        session.read_plane()
        display.step(session.progress, batches(session), session.coordinates())
    if every and progress.step % every == 0 and progress.batch < batches(session):
        session.save()
    heed(session, asked)


def close_epoch(session: Session, display: Display) -> None:
    """Evaluate, keep the best, let the method finish the epoch, save, report."""
    progress, parts = session.progress, session.parts
    session.check()
    session.read_plane()
    seen = summary(outputs(parts.method, parts.corpus.validation, session.config.workers))
    row = session.row(seen)
    if seen["accuracy"] > progress.best_accuracy:
        progress.best_accuracy = seen["accuracy"]
        session.save_best()
    parts.method.finish_epoch(progress.epoch)
    progress.close(row)
    session.save()
    session.write_tables()
    display.epoch(row)


def heed(session: Session, asked: Interrupt) -> None:
    """Stop if a signal asked for it. Raises: Interrupted, after saving."""
    if asked.number:
        session.save()
        progress = session.progress
        done = f"{progress.epoch} epochs and {progress.batch} steps are saved"
        raise Interrupted(asked.number, f"stopped: {done}")
