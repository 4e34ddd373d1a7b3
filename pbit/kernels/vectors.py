"""Vectors of 64-bit words, for loops that a compiler would not vectorise by itself.

A vector has as many lanes as a tuple that names its width, ``(0,) * lanes``: widths are
types, so one source compiles to each. Vectors know ``& | ^ ~``; wider ones than the
processor's registers become several. Offsets into arrays count words and are trusted.
Where compilation is switched off, vectors are numpy arrays.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeAlias

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing import templates
from numba.extending import intrinsic, lower_builtin, models, register_model
from numba.np import arrayobj

from pbit.kernels.types import Int, States, Uint64s

Vector: TypeAlias = Any
"""Words side by side; to numba a type of its own, to Python an array."""

Lanes: TypeAlias = tuple[int, ...]

WORD = ir.IntType(64)
HALF = 32
BYTE = ir.IntType(8)
CHAINS = 64  # bits of a word


class _VectorType(types.Type):
    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        base: Any = super()
        base.__init__(name=f"words_{lanes}")


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _VectorType) -> None:
        base: Any = super()
        base.__init__(manager, kind, ir.VectorType(WORD, kind.lanes))


WIDTHS = (1, 2, 4, 8)
_KINDS = {lanes: _VectorType(lanes) for lanes in WIDTHS}


def _teach(symbol: Any, method: str, operands: int) -> None:
    """Tell numba what an operator does to vectors: an instruction of llvmlite's."""
    template: Any = templates

    class Operator(templates.ConcreteTemplate):
        key = symbol
        cases = [  # noqa: RUF012
            template.signature(kind, *(kind,) * operands) for kind in _KINDS.values()
        ]

    infer: Any = template.infer_global
    lower: Any = lower_builtin
    infer(symbol)(Operator)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return getattr(builder, method)(*args)

    for kind in _KINDS.values():
        lower(symbol, *(kind,) * operands)(generate)


_teach(operator.and_, "and_", 2)
_teach(operator.or_, "or_", 2)
_teach(operator.xor, "xor", 2)
_teach(operator.invert, "not_", 1)


def _place(context: Any, builder: Any, array: Any, data: Any, index: Any) -> Any:
    make: Any = arrayobj.make_array
    return builder.gep(make(array)(context, builder, data).data, [index])


def _whole(builder: Any, kind: Any, value: Any) -> Any:
    if kind.bitwidth == WORD.width:
        return value
    return (builder.sext if kind.signed else builder.zext)(value, WORD)


def _splat(builder: Any, value: Any, lanes: int) -> Any:
    empty = ir.Constant(ir.VectorType(WORD, lanes), ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(first, empty, mask)


def _constant(value: int, lanes: int) -> Any:
    return ir.Constant(ir.VectorType(WORD, lanes), [value] * lanes)


def _load(typingctx: Any, array: Any, offset: Any, lanes: Any) -> Any:
    kind = _KINDS[len(lanes)]

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        index = _whole(builder, offset, args[1])
        place = _place(context, builder, array, args[0], index)
        pointer = builder.bitcast(place, context.get_value_type(kind).as_pointer())
        return builder.load(pointer, align=8)

    return kind(array, offset, lanes), generate


def _store(typingctx: Any, array: Any, offset: Any, vector: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        index = _whole(builder, offset, args[1])
        place = _place(context, builder, array, args[0], index)
        pointer = builder.bitcast(place, args[2].type.as_pointer())
        builder.store(args[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


def _spread(typingctx: Any, value: Any, lanes: Any) -> Any:
    kind = _KINDS[len(lanes)]

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _splat(builder, _whole(builder, value, args[0]), kind.lanes)

    return kind(value, lanes), generate


def _multiply(typingctx: Any, one: Any, other: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        mask = _constant(2**HALF - 1, one.lanes)
        return builder.mul(builder.and_(args[0], mask), builder.and_(args[1], mask))

    return one(one, other), generate


def _upper(typingctx: Any, vector: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.lshr(args[0], _constant(HALF, vector.lanes))

    return vector(vector), generate


def _join(typingctx: Any, low: Any, high: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        mask = _constant(2**HALF - 1, low.lanes)
        above = builder.shl(args[1], _constant(HALF, low.lanes))
        return builder.or_(builder.and_(args[0], mask), above)

    return low(low, high), generate


def _append(typingctx: Any, number: Any, word: Any, bit: Any) -> Any:
    lanes = number.lanes

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _splat(builder, _whole(builder, bit, args[2]), lanes)
        digit = builder.and_(builder.lshr(args[1], place), _constant(1, lanes))
        return builder.or_(builder.shl(args[0], _constant(1, lanes)), digit)

    return number(number, word, bit), generate


def _any_bit(typingctx: Any, vector: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        set_ = builder.icmp_unsigned("!=", args[0], _constant(0, vector.lanes))
        bits = ir.IntType(vector.lanes)
        return builder.icmp_unsigned("!=", builder.bitcast(set_, bits), bits(0))

    return types.boolean(vector), generate


def _lowest(typingctx: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(word), generate


def _read_signs(typingctx: Any, states: Any, offset: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        index = _whole(builder, offset, args[1])
        place = _place(context, builder, states, args[0], index)
        row = ir.VectorType(BYTE, CHAINS)
        values = builder.load(builder.bitcast(place, row.as_pointer()), align=1)
        positive = builder.icmp_signed(">", values, ir.Constant(row, [0] * CHAINS))
        return builder.bitcast(positive, WORD)

    return types.uint64(states, offset), generate


def _write_signs(typingctx: Any, states: Any, offset: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        index = _whole(builder, offset, args[1])
        place = _place(context, builder, states, args[0], index)
        row = ir.VectorType(BYTE, CHAINS)
        bits = builder.bitcast(args[2], ir.VectorType(ir.IntType(1), CHAINS))
        ups, downs = (ir.Constant(row, [v] * CHAINS) for v in (1, -1))
        pointer = builder.bitcast(place, row.as_pointer())
        builder.store(builder.select(bits, ups, downs), pointer, align=1)
        return context.get_dummy_value()

    return types.void(states, offset, word), generate


if TYPE_CHECKING or numba.config.DISABLE_JIT:
    _MASK = np.uint64(2**HALF - 1)
    _HALF = np.uint64(HALF)

    def load(array: Uint64s, offset: Int, lanes: Lanes) -> Vector:
        """Return the words from `offset` on."""
        return array[offset : offset + len(lanes)].copy()

    def store(array: Uint64s, offset: Int, vector: Vector) -> None:
        """Write a vector from `offset` on."""
        array[offset : offset + len(vector)] = vector

    def spread(value: Any, lanes: Lanes) -> Vector:
        """Return a vector of one word in all lanes."""
        return np.full(len(lanes), value, np.uint64)

    def multiply(one: Vector, other: Vector) -> Vector:
        """Return the 64-bit products of the lower halves."""
        return (one & _MASK) * (other & _MASK)

    def upper(vector: Vector) -> Vector:
        """Return the upper halves."""
        return vector >> _HALF

    def join(low: Vector, high: Vector) -> Vector:
        """Return words made of the lower halves of two vectors."""
        return (low & _MASK) | (high << _HALF)

    def append(number: Vector, word: Vector, bit: Int) -> Vector:
        """Return 2 number + (the bit of this number of the word)."""
        one = np.uint64(1)
        return (number << one) | ((word >> np.uint64(bit)) & one)

    def any_bit(vector: Vector) -> bool:
        """Return whether any bit is set."""
        return bool(vector.any())

    def lowest(word: np.uint64) -> int:
        """Return the number of the lowest bit that is set."""
        return (int(word) & -int(word)).bit_length() - 1

    def read_signs(states: States, offset: Int) -> np.uint64:
        """Return 64 states as bits of a word, the first one lowest; `states` is flat."""
        bits = np.packbits(states[offset : offset + CHAINS] > 0, bitorder="little")
        return np.uint64(bits.view("<u8")[0])

    def write_signs(states: States, offset: Int, word: np.uint64) -> None:
        """Write the bits of a word as 64 states."""
        bits = np.unpackbits(np.array([word], "<u8").view(np.uint8), bitorder="little")
        states[offset : offset + CHAINS] = 2 * bits.astype(np.int8) - 1

else:
    load = intrinsic(_load)
    store = intrinsic(_store)
    spread = intrinsic(_spread)
    multiply = intrinsic(_multiply)
    upper = intrinsic(_upper)
    join = intrinsic(_join)
    append = intrinsic(_append)
    any_bit = intrinsic(_any_bit)
    lowest = intrinsic(_lowest)
    read_signs = intrinsic(_read_signs)
    write_signs = intrinsic(_write_signs)
