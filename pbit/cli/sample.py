"""``pbit sample``: draw from a model that ``pbit learn`` made."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.errors import BadInput, door
from pbit.cli.models import load_model
from pbit.cli.output import check_writable, print_json, print_table

if TYPE_CHECKING:
    from pbit.checks import States

SHOWN = 20  # different samples printed


@click.command("sample", short_help="Draw from a trained model.")
@click.argument("model")
@click.option(
    "--clamp",
    "clamps",
    multiple=True,
    metavar="NAME=VALUE",
    help="Hold a column at 0 (or -1) or 1; repeatable.",
)
@click.option("--samples", type=click.IntRange(1), default=100, show_default=True)
@click.option(
    "--sweeps",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Of each sample's own chain, from a random state.",
)
@click.option("--picture", metavar="FILE", help="Draw them as images; needs --shape.")
@click.option("--shape", metavar="ROWSxCOLS", help="Of an image.")
@click.option("--out", metavar="FILE", help="Save the samples (pbit.SampleSet.load).")
@options.rng_option
@options.json_option
def command(
    model: str,
    clamps: tuple[str, ...],
    samples: int,
    sweeps: int,
    picture: str | None,
    shape: str | None,
    out: str | None,
    rng: int | None,
    as_json: bool,
) -> int:
    """Draw samples from the model in the file MODEL, with some columns held.

    Printed are the different samples, most frequent first, a digit 0 or 1 a column in the
    data's order. A Hopfield network is left to settle from random states instead.
    """
    check_writable(out)
    check_writable(picture, (".png", ".svg", ".pdf"))
    size = _read_shape(shape, picture)
    kind, machine = load_model(model)
    seed = options.settle_seed(rng)
    names = _names(kind, machine)
    held = read_clamps(clamps, names)
    if size is not None and size[0] * size[1] != len(names):
        msg = f"--shape {shape} is not that of {len(names)} columns"
        raise BadInput(msg)
    started = time.monotonic()
    states = _draw(kind, machine, samples, sweeps, held, seed)
    seconds = time.monotonic() - started
    _save(states, names, out, picture, size)
    counts = Counter("".join("1" if s > 0 else "0" for s in row) for row in states)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    record = {
        "command": "sample",
        "model": model,
        "kind": kind,
        "columns": [str(name) for name in names],
        "clamp": {str(name): value for name, value in held.items()},
        "samples": samples,
        "sweeps": sweeps,
        "counts": dict(ranked),
        "seconds": seconds,
        "rng": seed,
        "status": 0,
    }
    if as_json:
        print_json(record)
    else:
        _print_lines(record, ranked)
    return 0


def read_clamps(
    settings: Sequence[str], names: Sequence[Hashable]
) -> dict[Hashable, int]:
    """Return what texts such as ``S=1`` hold, ±1 by column.

    Raises
    ------
    BadInput
        If one is not ``NAME=VALUE``, a name is unknown or given twice, or a value is not
        0, 1 or -1.
    """
    from pbit.checks import check_choice

    known = {str(name): name for name in names}
    held: dict[Hashable, int] = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.rpartition("="))
        if not equals or not name:
            msg = f"--clamp takes NAME=VALUE, as in S=1, not {setting!r}"
            raise BadInput(msg)
        if text not in ("0", "1", "-1", "+1"):
            msg = f"--clamp {setting}: the value must be 0 (or -1) or 1, not {text!r}"
            raise BadInput(msg)
        if name not in known:
            with door():
                check_choice("--clamp", name, list(known)[:100])
        if known[name] in held:
            msg = f"--clamp {name} is given twice"
            raise BadInput(msg)
        held[known[name]] = 1 if text in ("1", "+1") else -1
    return held


def _read_shape(shape: str | None, picture: str | None) -> tuple[int, int] | None:
    if (shape is None) != (picture is None):
        msg = "--picture and --shape go together, as in --picture out.png --shape 8x8"
        raise BadInput(msg)
    if shape is None:
        return None
    rows, cross, cols = shape.partition("x")
    if not cross or not rows.isdecimal() or not cols.isdecimal():
        msg = f"--shape takes ROWSxCOLS, as in 8x8, not {shape!r}"
        raise BadInput(msg)
    return int(rows), int(cols)


def _names(kind: str, machine: Any) -> list[Hashable]:
    """Return the names of a model's columns."""
    if kind == "boltzmann machine":
        return [machine.labels[i] for i in machine.visible.tolist()]
    if kind == "hopfield network":
        return list(range(machine.n))
    if kind == "denoising model":
        return list(range(machine.n_visible))
    return list(range(machine.n_features_in_))


def _draw(
    kind: str, machine: Any, n: int, sweeps: int, held: dict[Hashable, int], seed: int
) -> States:
    """Return states of the columns, ±1, shape (n, n_columns)."""
    import numpy as np

    from pbit.learning import random_patterns

    with door():
        if kind == "boltzmann machine":
            drawn = machine.sample(n, clamp=held, rng=seed, n_sweeps=sweeps)
            found = drawn[:, machine.visible]
        elif kind == "hopfield network":
            probes = random_patterns(n, machine.n, seed)
            found = machine.recall(probes, clamp=held)
        elif kind == "denoising model":
            if held:
                msg = "--clamp is not for a denoising model, which starts from noise"
                raise BadInput(msg)
            steps = max(1, sweeps // machine.n_steps)
            found = machine.sample(n, n_sweeps=steps, rng=seed)
        else:
            bits = {name: (value + 1) // 2 for name, value in held.items()}
            drawn = machine.sample(n, n_sweeps=sweeps, clamp=bits, rng=seed)
            found = 2 * drawn.astype(np.int8) - 1
    return np.ascontiguousarray(found, np.int8)


def _save(
    states: States,
    names: list[Hashable],
    out: str | None,
    picture: str | None,
    size: tuple[int, int] | None,
) -> None:
    import pbit

    with door():
        if out is not None:
            pbit.SampleSet(states[:, None, :], labels=names).save(out)
        if picture is not None and size is not None:
            from pbit.learning.plots import images

            pbit.plots.save(images(states, size).figure, picture)


def _print_lines(record: dict[str, Any], ranked: list[tuple[str, int]]) -> None:
    held = "  ".join(f"{name} = {value}" for name, value in record["clamp"].items())
    columns = " ".join(record["columns"])
    rows = [
        ("model", f"{record['model']}, {record['kind']}"),
        ("columns", columns if len(columns) <= 60 else f"{len(record['columns'])}"),
        ("held", held or "nothing"),
        ("samples", f"{record['samples']}, of {record['sweeps']} sweeps each"),
        ("seed", str(record["rng"])),
    ]
    print_table(rows)
    for text, count in ranked[:SHOWN]:
        click.echo(f"{count:>8}  {text}")
    if len(ranked) > SHOWN:
        rest = sum(count for _, count in ranked[SHOWN:])
        click.echo(f"{rest:>8}  in {len(ranked) - SHOWN} others")
