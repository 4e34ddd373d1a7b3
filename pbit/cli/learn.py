"""``pbit learn``: train a machine on data."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from pbit.cli import options
from pbit.cli.errors import BadInput, door
from pbit.cli.models import Data, deep_graph, extra, graph_of, read_data
from pbit.cli.output import check_writable, number, print_json, print_table

MODELS = ("rbm", "bm", "dbm", "hopfield", "denoising")
EPOCHS = {"rbm": 100, "bm": 1000, "dbm": 120, "denoising": 100}
RATES = {"rbm": 0.05, "bm": 0.05, "dbm": 0.006, "denoising": 0.03}
HIDDEN = {"rbm": [64], "bm": [0], "dbm": [128], "denoising": [64]}


class Order(NamedTuple):
    """What was asked for."""

    data: Data
    graph: str | None
    hidden: list[int]
    epochs: int
    rate: float
    seed: int


class Learned(NamedTuple):
    """A trained model and how good it is."""

    model: Any
    n_pbits: int
    score: str
    value: float


@click.command("learn", short_help="Train a Boltzmann machine on data.")
@click.argument("data")
@click.option("--model", type=click.Choice(MODELS), default="rbm", show_default=True)
@click.option(
    "--graph",
    metavar="GRAPH",
    help="Of bm and dbm: complete, a lattice such as king8x8, or a file of edges.",
)
@click.option(
    "--hidden",
    metavar="H[,H...]",
    help="Hidden p-bits; of dbm those of each layer.",
)
@click.option("--epochs", type=click.IntRange(1), help="Passes through the data.")
@click.option(
    "--learning-rate",
    type=float,
    callback=options.number(above=0),
    metavar="RATE",
)
@click.option(
    "--labels",
    metavar="COLUMN",
    help="Column of a CSV file (its name, or its number from 0), or an IDX file, with the "
    "class of every sample.",
)
@click.option(
    "--threshold",
    type=float,
    callback=options.number(),
    metavar="VALUE",
    help="Values from it on are 1; IDX files have 128.",
)
@click.option("--out", metavar="FILE", help="Save the model (for pbit sample).")
@options.rng_option
@options.json_option
def command(
    data: str,
    model: str,
    graph: str | None,
    hidden: str | None,
    epochs: int | None,
    learning_rate: float | None,
    labels: str | None,
    threshold: float | None,
    out: str | None,
    rng: int | None,
    as_json: bool,
) -> int:
    """Train a machine on DATA and say how good it is.

    DATA is a CSV file (0/1 or -1/+1), an IDX file such as those of MNIST, digits,
    bars4x4, or a circuit such as FULL_ADDER_5, whose truth table is learned. Models:

    \b
        rbm        restricted Boltzmann machine, 0/1, persistent chains
        bm         Boltzmann machine on a graph, --hidden more p-bits than columns
        dbm        deep Boltzmann machine with a p-bit for every class
        hopfield   every sample is a pattern to recall
        denoising  four machines that undo bit-flip noise step by step
    """  # noqa: D301 - click wants the character \b itself
    check_writable(out)
    sizes = _sizes(model, graph, hidden, epochs, learning_rate)
    given = read_data(data, labels, threshold)
    if model == "dbm" and given.kinds is None:
        msg = f"{data}: the samples have no classes, which dbm learns: --labels names them"
        raise BadInput(msg)
    seed = options.settle_seed(rng)
    order = Order(
        given,
        graph,
        sizes,
        epochs or EPOCHS.get(model, 0),
        learning_rate or RATES.get(model, 0.0),
        seed,
    )
    started = time.monotonic()
    learned = WORK[model](order)
    seconds = time.monotonic() - started
    if out is not None:
        with door():
            learned.model.save(out)
    record = {
        "command": "learn",
        "data": data,
        "n_samples": len(given.rows),
        "n_visible": given.rows.shape[1],
        "classes": len(given.classes) or None,
        "model": model,
        "n_pbits": learned.n_pbits,
        "epochs": order.epochs or None,
        "score": learned.score,
        "value": learned.value,
        "out": out,
        "seconds": seconds,
        "rng": seed,
        "status": 0,
    }
    if as_json:
        print_json(record)
    else:
        _print_lines(record)
    return 0


def _sizes(
    model: str,
    graph: str | None,
    hidden: str | None,
    epochs: int | None,
    rate: float | None,
) -> list[int]:
    """Return the hidden p-bits of each layer; refuse options that a model has not."""
    if graph is not None and model not in ("bm", "dbm"):
        msg = f"--graph is for bm and dbm; the graph of {model} is what it is"
        raise BadInput(msg)
    if model == "hopfield" and (hidden, epochs, rate) != (None, None, None):
        msg = "--hidden, --epochs and --learning-rate are not for hopfield: it does not train"
        raise BadInput(msg)
    if hidden is None:
        return HIDDEN.get(model, [])
    if graph is not None and graph != "complete":
        msg = f"--hidden is not for --graph {graph}, which has the p-bits it has"
        raise BadInput(msg)
    parts = hidden.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        msg = f"--hidden takes whole numbers, as in 64 or 128,64, not {hidden!r}"
        raise BadInput(msg)
    sizes = [int(part) for part in parts]
    if len(sizes) > 1 and model != "dbm":
        msg = f"--hidden takes one number for {model}, not {hidden!r}"
        raise BadInput(msg)
    if model != "bm" and 0 in sizes:
        msg = f"--hidden must be at least 1 for {model}, not {hidden!r}"
        raise BadInput(msg)
    return sizes


def _rbm(order: Order) -> Learned:
    import numpy as np

    with extra():
        from pbit.learning import RestrictedBoltzmannMachine

    bits = (order.data.rows > 0).astype(np.uint8)
    rbm = RestrictedBoltzmannMachine(
        order.hidden[0],
        learning_rate=_falling(order),
        n_iter=order.epochs,
        random_state=order.seed,
    ).fit(bits)
    found = rbm.log_likelihood(bits, rng=order.seed)
    size = bits.shape[1] + order.hidden[0]
    return Learned(rbm, size, "log-likelihood, nats a sample (annealed)", found.value)


def _bm(order: Order) -> Learned:
    from pbit.errors import CapacityError
    from pbit.learning import (
        BoltzmannMachine,
        pseudo_likelihood,
        reconstruction_error,
        train,
    )

    data = order.data
    graph = graph_of(order.graph, data, order.hidden[0])
    machine = BoltzmannMachine(graph, data.names)
    machine.randomize(0.1, order.seed).fit_biases(data.rows)
    train(
        machine,
        data.rows,
        n_epochs=order.epochs,
        learning_rate=_falling(order),
        momentum=0.5,
        rng=order.seed,
    )
    scores: list[tuple[str, Callable[..., float]]] = [
        ("log-likelihood, nats a sample (exact)", BoltzmannMachine.log_likelihood),
        ("pseudo-likelihood, nats a sample", pseudo_likelihood),
    ]
    for (
        name,
        score,
    ) in scores:  # both go through states, the second of hidden p-bits alone
        try:
            return Learned(machine, machine.n, name, score(machine, data.rows))
        except CapacityError:
            continue
    wrong = reconstruction_error(machine, data.rows, order.seed, n_sweeps=10)
    name = "share of bits reconstructed wrong (sampled)"
    return Learned(machine, machine.n, name, wrong)


def _dbm(order: Order) -> Learned:
    from pbit.learning import DeepBoltzmannMachine

    data = order.data
    deep = DeepBoltzmannMachine(deep_graph(order.graph, data, order.hidden))
    kinds: Any = data.kinds
    deep.fit(
        data.rows,
        kinds,
        n_epochs=order.epochs,
        learning_rate=_falling(order),
        rng=order.seed,
    )
    right = deep.classify(data.rows, rng=order.seed) == kinds
    name = "share of these samples classified right"
    return Learned(deep.machine, deep.machine.n, name, float(right.mean()))


def _hopfield(order: Order) -> Learned:
    from pbit.learning import HopfieldNetwork

    with door():
        network = HopfieldNetwork(order.data.rows, "pseudo-inverse")
    kept = (network.recall(network.patterns) == network.patterns).all(axis=1)
    return Learned(network, network.n, "share of patterns recalled", float(kept.mean()))


def _denoising(order: Order) -> Learned:
    from pbit.learning import (
        BoltzmannMachine,
        DenoisingModel,
        kernel_distance,
        noise_schedule,
    )

    rows = order.data.rows
    if len(rows) < 2:
        msg = (
            "denoising takes two samples at least: their distribution is what it learns"
        )
        raise BadInput(msg)
    machine = BoltzmannMachine.restricted(rows.shape[1], order.hidden[0])
    model = DenoisingModel(machine.randomize(0.1, order.seed), noise_schedule(4))
    model.train(
        rows,
        copies=max(1, 1000 // len(rows)),
        n_epochs=order.epochs,
        learning_rate=_falling(order),
        momentum=0.9,
        rng=order.seed,
    )
    distance = kernel_distance(model.sample(1000, rng=order.seed), rows)
    name = "squared kernel distance of samples from these"
    return Learned(model, machine.n, name, distance.value)


WORK: dict[str, Callable[[Order], Learned]] = {
    "rbm": _rbm,
    "bm": _bm,
    "dbm": _dbm,
    "hopfield": _hopfield,
    "denoising": _denoising,
}


def _falling(order: Order) -> Callable[[int], float]:
    """Return the rate by epoch: in a straight line to nearly 0, which averages noise out."""
    return lambda epoch: order.rate * (1.02 - epoch / order.epochs)


def _print_lines(record: dict[str, Any]) -> None:
    classes = f", {record['classes']} classes" if record["classes"] else ""
    size = f"{record['n_samples']} samples of {record['n_visible']} bits{classes}"
    rows = [
        ("data", f"{record['data']}: {size}"),
        ("model", f"{record['model']}, {record['n_pbits']} p-bits"),
        ("score", f"{number(round(record['value'], 6))} {record['score']}"),
        ("time", f"{record['seconds']:.3g} s"),
        ("seed", str(record["rng"])),
    ]
    if record["out"]:
        rows.append(("saved", str(record["out"])))
    print_table(rows)
