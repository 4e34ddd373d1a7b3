"""Chains, or p-bits, in the lanes of vectors: draws, decisions, and telling neighbours.

What a compiler makes of such loops by itself depends on what it can prove of the arrays in
them; these few operations are therefore written in LLVM's own vectors, which become the
widest instructions of the processor at hand, and the same numbers on any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from pbit.kernels import philox

LANES = 32
STRETCH = 64  # inputs of one chain that are told together: they fit registers

# log2(m) - (m - 1) for 1 <= m < 2 within 8.8e-5: the polynomial of least largest error.
LOG2_BEND = (
    -1.5128531393957634,
    3.0700862320797877,
    -2.120670003120097,
    0.6451398442647421,
    -0.08161535295470751,
)
HALF_LN2 = 0.34657359027997264
DOUBT = 1e-4
"""A rough limit is off by less: 6.1e-5 by its two polynomials, 1e-5 by rounding."""

I32, I64 = ir.IntType(32), ir.IntType(64)
F32, F64 = ir.FloatType(), ir.DoubleType()
Flags = ir.VectorType(ir.IntType(1), LANES)
Value = Any


def _spread(builder: Any, scalar: Value, width: int = LANES) -> Value:
    """Return a vector of `scalar` in every lane."""
    kind = ir.VectorType(scalar.type, width)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, width), [0] * width)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), zeros)


def _constant(scalar_type: Any, number: float) -> Value:
    if scalar_type == F32:
        number = float(np.float32(number))  # LLVM takes no other float32
    return ir.Constant(ir.VectorType(scalar_type, LANES), [number] * LANES)


def _place(
    context: Any,
    builder: Any,
    kind: Any,
    array: Value,
    index: Value,
    width: int = LANES,
) -> Value:
    """Return a pointer to the `width` elements of `array` from `index`."""
    make: Any = arrayobj.make_array
    view = make(kind)(context, builder, array)
    pointer = builder.gep(view.data, [index])
    whole = ir.VectorType(view.data.type.pointee, width)
    return builder.bitcast(pointer, whole.as_pointer())


def _load(builder: Any, pointer: Value) -> Value:
    return builder.load(pointer, align=_bytes(pointer))


def _store(builder: Any, value: Value, pointer: Value) -> None:
    builder.store(value, pointer, align=_bytes(pointer))


def _bytes(pointer: Value) -> int:
    """Return the alignment that any element of such an array has."""
    return 4 if pointer.type.pointee.element == F32 else 8


def _flags(builder: Any, bits: Value) -> Value:
    """Turn the lowest LANES bits of a word into one flag a lane."""
    return builder.bitcast(builder.trunc(bits, ir.IntType(LANES)), Flags)


def _word(builder: Any, flags: Value) -> Value:
    return builder.zext(builder.bitcast(flags, ir.IntType(LANES)), I64)


def _steps(builder: Any, flips: Value, up: Value) -> Value:
    """Return +1 where a lane flips up, -1 where it flips down, 0 where it does not."""
    step = builder.select(
        _flags(builder, up), _constant(F64, 1.0), _constant(F64, -1.0)
    )
    return builder.select(_flags(builder, flips), step, _constant(F64, 0.0))


class _Words:
    """32-bit words in 64 bits, one for all lanes or one a lane, as Philox mixes them."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def both(self, a: Value, b: Value) -> tuple[Value, Value]:
        if a.type != b.type:
            a, b = (v if v.type != I64 else _spread(self.builder, v) for v in (a, b))
        return a, b

    def xor(self, a: Value, b: Value, c: Value) -> Value:
        builder = self.builder
        # What is the same in all lanes is mixed first, once.
        a, b, c = sorted((a, b, c), key=lambda value: value.type != I64)
        return builder.xor(*self.both(builder.xor(*self.both(a, b)), c))

    def like(self, value: Value, number: int) -> Value:
        return I64(number) if value.type == I64 else _constant(I64, number)

    def product(self, factor: int, value: Value) -> tuple[Value, Value]:
        """Return the high and the low word of a product."""
        builder = self.builder
        product = builder.mul(self.like(value, factor), value)
        high = builder.lshr(product, self.like(value, 32))
        return high, builder.and_(product, self.like(value, 0xFFFFFFFF))

    def philox(self, counter: list[Value], key: list[Value]) -> list[Value]:
        """Do what `pbit.kernels.philox.philox` does."""
        c0, c1, c2, c3 = counter
        k0, k1 = key
        builder, mask = self.builder, I64(0xFFFFFFFF)
        for _ in range(10):
            high0, low0 = self.product(int(philox.MULTIPLIER_0), c0)
            high1, low1 = self.product(int(philox.MULTIPLIER_1), c2)
            c0, c1 = self.xor(high1, c1, k0), low1
            c2, c3 = self.xor(high0, c3, k1), low0
            k0 = builder.and_(builder.add(k0, I64(int(philox.WEYL_0))), mask)
            k1 = builder.and_(builder.add(k1, I64(int(philox.WEYL_1))), mask)
        return [c0, c1, c2, c3]


def _rough(builder: Any, words: Value) -> Value:
    """Return log(u / (1 - u)) / 2 of words' u within DOUBT, as float32.

    log2 x is the number that x's bits are, over 2**23, but for an offset and a bend.
    """
    whole = ir.VectorType(F32, LANES)
    integers = ir.VectorType(I32, LANES)
    insert: Any = cgutils.get_or_insert_function
    ternary = ir.FunctionType(whole, [whole] * 3)
    fma = insert(builder.module, ternary, f"llvm.fmuladd.v{LANES}f32")
    bits, bends = [], []
    for word in (words, builder.not_(words)):
        x = builder.fadd(builder.uitofp(word, whole), _constant(F32, 0.5))
        pattern = builder.bitcast(x, integers)
        mantissa = builder.or_(
            builder.and_(pattern, _constant(I32, 0x007FFFFF)),
            _constant(I32, 0x3F800000),
        )
        m = builder.bitcast(mantissa, whole)
        bend = _constant(F32, LOG2_BEND[-1])
        for coefficient in LOG2_BEND[-2::-1]:
            bend = builder.call(fma, [bend, m, _constant(F32, coefficient)])
        bits.append(pattern)
        bends.append(bend)
    exponents = builder.sitofp(builder.sub(*bits), whole)
    scale = _constant(F32, 2.0**-23)
    log2 = builder.call(fma, [exponents, scale, builder.fsub(*bends)])
    return builder.fmul(log2, _constant(F32, HALF_LN2))


def _drawing(lanes_are_chains: bool) -> Callable[..., Any]:
    """Return an intrinsic that draws rough limits, four p-bits from each block."""

    def draw(
        typingctx: Any,
        limits: Any,
        place: Any,
        stride: Any,
        block: Any,
        c1: Any,
        chain: Any,
        c3: Any,
        k0: Any,
        k1: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            array, place, stride, block, c1, chain, c3, k0, k1 = args
            lane = ir.Constant(ir.VectorType(I64, LANES), list(range(LANES)))
            if lanes_are_chains:
                chain = builder.add(_spread(builder, chain), lane)
            else:
                block = builder.add(_spread(builder, block), lane)
            integers = ir.VectorType(I32, LANES)
            for drawn in _Words(builder).philox([block, c1, chain, c3], [k0, k1]):
                pointer = _place(context, builder, signature.args[0], array, place)
                rough = _rough(builder, builder.trunc(drawn, integers))
                _store(builder, rough, pointer)
                place = builder.add(place, stride)
            return context.get_dummy_value()

        return types.void(limits, *[types.uint64] * 8), generate

    return draw


def _decide(typingctx: Any, limits: Any, fields: Any, place: Any, betas: Any) -> Any:
    """Return which lanes go up, and which cannot tell from the rough limits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        rough = _load(builder, _place(context, builder, kinds[0], args[0], args[2]))
        field = _load(builder, _place(context, builder, kinds[1], args[1], args[2]))
        beta = _load(builder, _place(context, builder, kinds[3], args[3], I64(0)))
        inputs = builder.fptrunc(builder.fmul(beta, field), rough.type)
        lead = builder.fsub(inputs, rough)
        up = builder.fcmp_ordered(">", lead, _constant(F32, 0.0))
        high = builder.fcmp_ordered("<", lead, _constant(F32, DOUBT))
        low = builder.fcmp_ordered(">", lead, _constant(F32, -DOUBT))
        pair = [_word(builder, up), _word(builder, builder.and_(high, low))]
        return context.make_tuple(builder, signature.return_type, pair)

    tuple_of: Any = types.UniTuple
    pair = tuple_of(types.uint64, 2)
    return pair(limits, fields, types.uint64, betas), generate


def _tell(
    typingctx: Any, fields: Any, place: Any, flips: Any, up: Any, weight: Any
) -> Any:
    """Add the weight to the fields of lanes that flip up, take it from those down."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array, place, flips, up, weight = args
        pointer = _place(context, builder, signature.args[0], array, place)
        steps = _steps(builder, flips, up)
        change = builder.fmul(steps, _spread(builder, weight))
        _store(builder, builder.fadd(_load(builder, pointer), change), pointer)
        return context.get_dummy_value()

    word = types.uint64
    return types.void(fields, word, word, word, types.float64), generate


def _gain(
    typingctx: Any,
    gains: Any,
    fields: Any,
    place: Any,
    flips: Any,
    up: Any,
    bias: Any,
) -> Any:
    """Add field and bias to the gains of lanes that flip up, take them from those down."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        gains, array, place, flips, up, bias = args
        pointer = _place(context, builder, signature.args[0], gains, I64(0))
        heard = _load(
            builder, _place(context, builder, signature.args[1], array, place)
        )
        heard = builder.fadd(heard, _spread(builder, bias))
        gain = builder.fmul(_steps(builder, flips, up), heard)
        _store(builder, builder.fadd(_load(builder, pointer), gain), pointer)
        return context.get_dummy_value()

    word = types.uint64
    return types.void(gains, fields, word, word, word, types.float64), generate


def _add_rows(
    typingctx: Any,
    fields: Any,
    start: Any,
    rows: Any,
    places: Any,
    steps: Any,
    count: Any,
) -> Any:
    """Add `count` rows, each times its step, in turn to STRETCH fields from `start`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fields, start, rows, places, steps, count = args
        kinds = signature.args
        pointer = _place(context, builder, kinds[0], fields, start, STRETCH)
        make: Any = arrayobj.make_array
        place_of = make(kinds[3])(context, builder, places).data
        step_of = make(kinds[4])(context, builder, steps).data
        allocate: Any = cgutils.alloca_once
        total = allocate(builder, pointer.type.pointee)
        builder.store(_load(builder, pointer), total)
        with cgutils.for_range(builder, count) as loop:
            place = builder.add(
                builder.load(builder.gep(place_of, [loop.index])), start
            )
            row = _place(context, builder, kinds[2], rows, place, STRETCH)
            step = builder.load(builder.gep(step_of, [loop.index]))
            change = builder.fmul(_spread(builder, step, STRETCH), _load(builder, row))
            builder.store(builder.fadd(builder.load(total), change), total)
        _store(builder, builder.load(total), pointer)
        return context.get_dummy_value()

    word = types.uint64
    return types.void(fields, word, rows, places, steps, word), generate


def _add_row(
    typingctx: Any, fields: Any, start: Any, rows: Any, place: Any, step: Any
) -> Any:
    """Add STRETCH entries of a row from `place`, times the step, to fields from `start`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fields, start, rows, place, step = args
        kinds = signature.args
        pointer = _place(context, builder, kinds[0], fields, start, STRETCH)
        row = _place(context, builder, kinds[2], rows, place, STRETCH)
        change = builder.fmul(_spread(builder, step, STRETCH), _load(builder, row))
        _store(builder, builder.fadd(_load(builder, pointer), change), pointer)
        return context.get_dummy_value()

    word = types.uint64
    return types.void(fields, word, rows, word, types.float64), generate


if TYPE_CHECKING:

    def _compiled(function: Callable[..., Any]) -> Callable[..., Any]: ...

else:
    _compiled = intrinsic

draw_chains = _compiled(_drawing(lanes_are_chains=True))
"""Draw one block of LANES chains, `chain` the first: word k to limits[place + k stride]."""

draw_blocks = _compiled(_drawing(lanes_are_chains=False))
"""Draw LANES blocks of one chain, `block` the first: word k to limits[place + k stride]."""

decide = _compiled(_decide)
tell = _compiled(_tell)
gain = _compiled(_gain)
add_row = _compiled(_add_row)
add_rows = _compiled(_add_rows)
