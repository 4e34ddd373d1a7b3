"""Chains and instances on a Dask cluster, with the bits of one computer (extra `cluster`).

A chain's draws are addressed by its number, so a part of the chains is the same wherever
it runs, and however often. A worker that dies costs the time of its tasks: Dask gives
them to others.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeAlias, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from pbit.checks import check_count
from pbit.progress import Progress, reporter
from pbit.random import RandomState, seed_of, streams
from pbit.samples import SampleSet

Client: TypeAlias = Any  # a dask.distributed.Client, where that is installed
P = ParamSpec("P")
T = TypeVar("T")

WORD = 64  # chains that kernels take side by side: parts begin at multiples of it
PARTS = 4  # tasks a thread, where there are chains enough to keep each of them busy
_GRAPH = "distributed.admin.large-graph-warning-threshold"


def over_chains(function: Callable[P, SampleSet]) -> Callable[P, SampleSet]:
    """Make a sampler spread its chains over a cluster where it is given a `client`.

    The sampler takes `model`, `n_chains`, `first_chain`, `rng`, `n_threads`, `progress`
    and `client` by these names, and its chains are independent.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> SampleSet:
        if kwargs.get("client") is None:
            return function(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return join_samples(spread(run, dict(bound.arguments)))

    return run


def map_models(
    function: Callable[..., T],
    models: Iterable[Any],
    *,
    rng: RandomState = None,
    client: Client | None = None,
    progress: Progress = False,
    **arguments: Any,
) -> list[T]:
    """Call a sampler for each of many models and return the results in their order.

    Parameters
    ----------
    function
        Called as ``function(model, rng=seed, **arguments)``: :func:`pbit.anneal`, or a
        function of your own.
    models
        The instances.
    rng
        Seed; instance k gets the k-th seed spawned of it, whatever the others are.
    client
        A ``dask.distributed.Client``: one task a model. Here, one by one, without.
    progress
        True for a bar, or a function called with (models done, models in all).
    **arguments
        Passed on. On a cluster ``n_threads=1`` is wise: its workers have threads already.

    Raises
    ------
    TypeError
        If `client` is none.
    ImportError
        If Dask is not installed.

    Examples
    --------
    >>> import pbit
    >>> pairs = [pbit.IsingModel({(0, 1): float(w)}) for w in (1, 2, 3)]
    >>> results = map_models(pbit.anneal, pairs, rng=0, n_chains=2, n_sweeps=20)
    >>> [result.best[1] for result in results]
    [-1.0, -2.0, -3.0]
    """
    given = list(models)
    root = streams(rng)
    calls = [{**arguments, "rng": seed_of(root, k)} for k in range(len(given))]
    report, close = reporter(progress, len(given), "model")
    try:
        if client is not None:
            tasks = [
                (_pack(model), call, 1)
                for model, call in zip(given, calls, strict=True)
            ]
            return _gather(client, function, tasks, report)
        results = []
        for k, (model, call) in enumerate(zip(given, calls, strict=True)):
            results.append(function(model, **call))
            report(k + 1, len(given))
        return results
    finally:
        close()


def spread(
    function: Callable[..., T],
    arguments: dict[str, Any],
    count: str = "n_chains",
    first: str = "first_chain",
) -> list[T]:
    """Run a sampler's chains in parts on a cluster and return what each part gave.

    Parameters
    ----------
    function
        The sampler.
    arguments
        All its arguments by name, `client` among them.
    count, first
        Names of the arguments that say how many chains there are, or whatever else is
        independent of each other, and which number the first has.

    Raises
    ------
    TypeError, ValueError
        If `client` is none, or it comes with `time_limit` or `checkpoint`.
    ImportError
        If Dask is not installed.
    """
    client = check_client(arguments.pop("client"))
    for name in ("time_limit", "checkpoint"):
        if arguments.pop(name, None) is not None:
            msg = f"{name} and client must not both be given"
            raise ValueError(msg)
    total = check_count(count, arguments.pop(count))
    offset = check_count(first, arguments.pop(first), 0)
    arguments["rng"] = seed_of(streams(arguments["rng"]))
    if arguments["n_threads"] is None:
        arguments["n_threads"] = 1  # the workers have a thread for every task
    model, progress = arguments.pop("model"), arguments.pop("progress")
    import dask

    slots = sum(client.nthreads().values())
    report, close = reporter(progress, total, "chain")
    try:
        with dask.config.set({_GRAPH: "1 PiB"}):
            shared = client.submit(_same, _pack(model), key=f"pbit-model-{uuid4().hex}")
        tasks = []
        for begin, stop in _parts(total, max(1, slots)):
            part = {name: _rows(name, value, begin, stop, total)
                    for name, value in arguments.items()}  # fmt: skip
            part |= {count: stop - begin, first: offset + begin}
            tasks.append((shared, part, stop - begin))
        return _gather(client, function, tasks, report)
    finally:
        close()


def _parts(n_chains: int, slots: int) -> list[tuple[int, int]]:
    """Return the parts' first and last chain; where kernels take words, whole words."""
    size = -(-n_chains // slots)
    if size >= PARTS * WORD:
        size = -(-size // PARTS)
    size = -(-size // WORD) * WORD if size > WORD else 1 << (size - 1).bit_length()
    return [(k, min(k + size, n_chains)) for k in range(0, n_chains, size)]


def _rows(name: str, value: Any, begin: int, stop: int, n_chains: int) -> Any:
    """Return what an argument says about chains `begin` to `stop`; anything else whole."""
    if name == "initial" and value is not None:
        states = np.asarray(value)
        each, rest = divmod(states.shape[0], n_chains) if states.ndim == 2 else (0, 1)
        return states if rest else states[begin * each : stop * each]
    if name == "clamp" and isinstance(value, Mapping):
        return {
            label: np.asarray(given)[begin:stop]
            if np.shape(given) == (n_chains,)
            else given
            for label, given in value.items()
        }
    if name == "clamp" and isinstance(value, Sequence) and len(value) == n_chains:
        return value[begin:stop]
    return value


def _gather(
    client: Client,
    function: Callable[..., T],
    tasks: Sequence[tuple[Any, dict[str, Any], int]],
    report: Callable[[int, int], object],
) -> list[T]:
    """Run (model, arguments, weight) as one task each; cancel the rest on any error."""
    client = check_client(client)
    import dask
    from dask.distributed import as_completed

    futures: list[Any] = []
    results: dict[Any, T] = {}
    done, total = 0, sum(weight for *_, weight in tasks)
    weights = {}
    try:
        with dask.config.set({_GRAPH: "1 PiB"}):  # models are what is to be sent
            for model, call, weight in tasks:
                key = f"pbit-{getattr(function, '__name__', 'task')}-{uuid4().hex}"
                futures.append(client.submit(_call, function, model, call, key=key))
                weights[key] = weight
        for future in as_completed(futures):
            results[future.key] = future.result()
            done += weights[future.key]
            report(done, total)
    except BaseException:
        client.cancel(futures)
        raise
    return [results[future.key] for future in futures]


def _call(
    function: Callable[..., T],
    packed: tuple[Any, dict[str, bool]],
    arguments: dict[str, Any],
) -> T:
    model, writeable = packed
    for name, array in _arrays(model).items():
        array.flags.writeable = array.flags.writeable and writeable.get(name, False)
    return function(model, **arguments)


def _same(packed: T) -> T:
    return packed


def _pack(model: Any) -> tuple[Any, dict[str, bool]]:
    """Return a model and which of its arrays may be written to, which sending forgets.

    Kernels are compiled for one kind of array; another would be compiled once more.
    """
    arrays = _arrays(model).items()
    return model, {name: bool(array.flags.writeable) for name, array in arrays}


def _arrays(model: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of a model and of its sparse matrices by their names."""
    found = {}
    for name in ("weights", "_out", "members", "values", "h"):
        part = getattr(model, name, None)
        found[name] = part
        for inner in ("data", "indices", "indptr"):
            found[f"{name}.{inner}"] = getattr(part, inner, None)
    return {k: array for k, array in found.items() if isinstance(array, np.ndarray)}


def join_samples(parts: list[SampleSet]) -> SampleSet:
    """Return the samples of all parts; how they were made is the same for each."""
    first = parts[0]
    energies = [part.energies for part in parts if part.energies is not None]
    return SampleSet(
        np.concatenate([part.states for part in parts]),
        np.concatenate(energies) if energies else None,
        first.labels,
        first.info,
    )


def check_client(client: Any) -> Any:
    """Return a Dask client, or raise an error that says what is wrong with it."""
    try:
        from dask.distributed import Client as DaskClient
    except ImportError as error:
        msg = "client= needs Dask: pip install pbitlab[cluster]"
        raise ImportError(msg) from error
    if not isinstance(client, DaskClient):
        msg = f"client must be a dask.distributed.Client, not {client!r}"
        raise TypeError(msg)
    if client.asynchronous:
        msg = "client must not be asynchronous"
        raise ValueError(msg)
    return client
