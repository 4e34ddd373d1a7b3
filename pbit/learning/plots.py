"""Plots of learning: grids of images, filters, completions, learning curves.

As in `pbit.plots`: matplotlib is loaded when the first one is drawn, functions draw on the
axes they are given or on a new figure, and return the axes (`pbit.plots.save` saves
``ax.figure``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit import _plotting as style
from pbit._plotting import GREY, INK, PALETTE
from pbit.checks import Floats, check_count, check_finite
from pbit.learning.data import check_data
from pbit.learning.training_job import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["completions", "filters", "images", "learning_curves"]

GAP = 1  # pixels between images
BLANK = np.nan
SIDE, TITLE = 6.0, 0.4  # inches: the longer side of a new figure, what a title takes


def images(
    states: ArrayLike,
    shape: tuple[int, int],
    *,
    columns: int | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw samples as a grid of black and white images.

    Parameters
    ----------
    states
        0/1 or ±1, shape (n_images, rows * cols), pixels row by row; +1 is black.
    shape
        (rows, cols) of an image.
    columns
        Images side by side; about as many as there are rows of them if None.
    title
        No title if empty.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    TypeError, ValueError
        If the states are no data, or do not fill images of that shape.

    Examples
    --------
    >>> ax = images([[0, 1, 1, 0]], (2, 2))
    >>> ax.get_images()[0].get_array().tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    rows, cols = _check_shape(shape)
    pixels = check_data(states, rows * cols, name="states").astype(np.float64)
    grid = _grid(pixels, (rows, cols), columns)
    ax = _new_axes(ax, grid, title)
    ax.imshow(grid, cmap=_inked(), vmin=-1, vmax=1)
    return _framed(ax, title)


def filters(
    weights: ArrayLike,
    shape: tuple[int, int],
    *,
    columns: int | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the weights of hidden units as images: blue favours on, red favours off.

    Parameters
    ----------
    weights
        Shape (n_hidden, rows * cols), as scikit-learn's ``components_`` has them. All are
        drawn on one scale, whose end the axes' label says.
    shape, columns, title, ax
        As for `images`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    TypeError, ValueError
        If a weight is not finite or the weights do not fill images of that shape.
    """
    rows, cols = _check_shape(shape)
    table = np.asarray(weights, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != rows * cols or not len(table):
        msg = f"weights must have shape (n_hidden, {rows * cols}), not {table.shape}"
        raise ValueError(msg)
    check_finite("weights", table)
    end = float(np.abs(table).max()) or 1.0
    grid = _grid(table, (rows, cols), columns)
    ax = _new_axes(ax, grid, title)
    ax.imshow(grid, cmap="RdBu", vmin=-end, vmax=end)
    ax.set_xlabel(f"weights from −{end:.3g} (red) to {end:.3g} (blue)", color=INK)
    return _framed(ax, title)


def completions(
    given: ArrayLike,
    known: ArrayLike,
    completed: ArrayLike,
    shape: tuple[int, int],
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw images, what was shown of them, and what was made of that, one column each.

    Parameters
    ----------
    given
        The whole images, 0/1 or ±1, shape (n_images, rows * cols): first row.
    known
        Which pixels were held, booleans, shape (rows * cols,) or (n_images, rows * cols):
        the others are grey in the second row.
    completed
        As `given`: third row.
    shape, title, ax
        As for `images`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    TypeError, ValueError
        If shapes do not agree, or what should be data is none.
    """
    rows, cols = _check_shape(shape)
    whole = check_data(given, rows * cols, name="given").astype(np.float64)
    made = check_data(completed, rows * cols, name="completed").astype(np.float64)
    held = np.asarray(known)
    if held.dtype != bool or held.shape not in (whole.shape, whole.shape[1:]):
        msg = (
            f"known must be booleans of shape ({rows * cols},) or {whole.shape}, "
            f"not {held.dtype} of shape {held.shape}"
        )
        raise ValueError(msg)
    if made.shape != whole.shape:
        msg = f"completed must have {len(whole)} images, not {len(made)}"
        raise ValueError(msg)
    shown = np.where(held, whole, 0.0)
    grid = _grid(np.concatenate([whole, shown, made]), (rows, cols), len(whole))
    ax = _new_axes(ax, grid, title)
    ax.imshow(grid, cmap=_inked(), vmin=-1, vmax=1)
    ax = _framed(ax, title)
    places = [k * (rows + GAP) + GAP + (rows - 1) / 2 for k in range(3)]
    ax.set_yticks(places, ["image", "shown", "completed"])
    return ax


def learning_curves(
    runs: History | Mapping[str, Any],
    *,
    ylabel: str = "score",
    best: float | None = None,
    best_label: str = "best possible",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw scores against epochs, of one training or of several by name.

    Parameters
    ----------
    runs
        A `History` whose score was watched, or an array of one number an epoch (NaN where
        none was taken); or a mapping of such by name.
    ylabel, title
        Texts of the plot; no title if empty.
    best, best_label
        A line across, such as minus the entropy of the data; None for none.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    named = dict(runs) if isinstance(runs, Mapping) else {"": runs}
    curves = {str(name): _scores(str(name), run) for name, run in named.items()}
    if not curves:
        msg = "runs must hold at least one training, not none"
        raise ValueError(msg)
    ax = style.new_axes(ax)
    for k, (name, (epochs, scores)) in enumerate(curves.items()):
        color = PALETTE[k % len(PALETTE)]
        mark = "o" if len(epochs) == 1 else None
        ax.plot(epochs, scores, color=color, lw=1.8, marker=mark, label=name or None)
    if best is not None:
        ax.axhline(best, color=INK, lw=1.2, ls=(0, (4, 3)), label=best_label, zorder=1)
    style.finish(ax, xlabel="epoch", ylabel=ylabel, title=title)
    if best is not None or "" not in curves:
        style.side_legend(ax)
    return ax


def _scores(name: str, run: Any) -> tuple[Floats, Floats]:
    """Return the epochs, from 1, at which there is a score, and the scores."""
    scores = run.score if isinstance(run, History) else np.asarray(run, np.float64)
    if scores.ndim != 1:
        msg = f"runs{style.entry(name)} must have shape (n_epochs,), not {scores.shape}"
        raise ValueError(msg)
    seen = np.flatnonzero(np.isfinite(scores))
    if not len(seen):
        msg = f"runs{style.entry(name)} must hold a score: nothing was watched"
        raise ValueError(msg)
    return np.asarray(seen + 1.0, np.float64), scores[seen]


def _check_shape(shape: tuple[int, int]) -> tuple[int, int]:
    if len(tuple(shape)) != 2:
        msg = f"shape must be (rows, cols), not {shape!r}"
        raise ValueError(msg)
    return check_count("rows", shape[0]), check_count("cols", shape[1])


def _grid(
    tiles: Floats, shape: tuple[int, int], columns: int | None
) -> NDArray[np.float64]:
    """Return images side by side with gaps of NaN."""
    rows, cols = shape
    wide = math.ceil(math.sqrt(len(tiles))) if columns is None else columns
    wide = min(check_count("columns", wide), len(tiles))
    high = -(-len(tiles) // wide)
    gap = GAP if len(tiles) > 1 else 0
    grid = np.full(
        (gap + high * (rows + gap), gap + wide * (cols + gap)), BLANK, np.float64
    )
    for k, tile in enumerate(tiles):
        row, column = divmod(k, wide)
        top, left = gap + row * (rows + gap), gap + column * (cols + gap)
        grid[top : top + rows, left : left + cols] = tile.reshape(rows, cols)
    return grid


def _new_axes(ax: Axes | None, grid: Floats, title: str) -> Axes:
    """Return the axes given, or those of a new figure of the grid's shape."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    high, wide = (max(1.0, SIDE * side / max(grid.shape)) for side in grid.shape)
    size = (wide, high + (TITLE if title else 0.0))
    return Figure(figsize=size, dpi=100, layout="constrained").subplots()


def _inked() -> Any:
    """Return white for off, black for on, and a light grey for nothing."""
    from matplotlib import colormaps

    return colormaps["binary"].with_extremes(bad="#E3E5E8")


def _framed(ax: Axes, title: str) -> Axes:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.tick_params(colors=INK, labelsize=10, length=0, color=GREY)
    if title:
        ax.set_title(title, loc="left", fontsize=12.5, color=INK, pad=10)
    return ax
