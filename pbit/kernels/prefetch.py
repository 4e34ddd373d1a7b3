"""A hint to fetch an array element before it is needed, for access that jumps about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj


def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of ``array[index]``; the index is trusted, nothing is read."""
    whole: Any = index
    if not isinstance(array, types.Array) or not isinstance(index, types.Integer):
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        make: Any = arrayobj.make_array
        view = make(array)(context, builder, args[0])
        place = builder.zext if not whole.signed else builder.sext
        offset = args[1]
        if whole.bitwidth < 64:
            offset = place(offset, ir.IntType(64))
        pointer = builder.gep(view.data, [offset])
        byte = ir.IntType(8).as_pointer()
        int32 = ir.IntType(32)
        insert: Any = cgutils.get_or_insert_function
        function = insert(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, int32, int32, int32]),
            "llvm.prefetch.p0",
        )
        read, keep, data = int32(0), int32(3), int32(1)
        builder.call(function, [builder.bitcast(pointer, byte), read, keep, data])
        return context.get_dummy_value()

    return types.void(array, index), generate


if TYPE_CHECKING:

    def prefetch(array: Any, index: Any) -> None:
        """Ask for the cache line of ``array[index]``."""

else:
    prefetch = intrinsic(_prefetch)
