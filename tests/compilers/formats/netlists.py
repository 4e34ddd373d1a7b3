"""Examples of netlist files, for mutations to start from too."""

from compilers.formats.aiger import read_aiger
from compilers.formats.bench import read_bench
from compilers.formats.blif import read_blif
from compilers.formats.yosys_json import read_yosys_json

BENCH = """# a comment
INPUT(a[0])
input( a[1] )
INPUT(en)
OUTPUT(y)
OUTPUT(en)
OUTPUT(n)
y = Nand(a[0], x, en)   # forward reference
x = XOR(a[1], en, a[0], y2)
y2 = buff(a[0])
n = NOT(x)
unused = AND(a[0], a[1])
"""
BLIF = """.model small
.inputs a[0] a[1] \\
  en
.outputs y n
.names a[0] x en y
11- 0
--0 0
.names a[1] en x
10 1
01 1
.names $true
1
.names nothing
.names $true nothing n
1- 1
.subckt inner p=a[0] q=z
.end
.model inner
.inputs p
.outputs q
.names p q
0 1
.end
"""
AIGER = (
    b"aag 5 2 1 2 2\n2\n4\n6 10 0\n7\n10\n8 2 4\n10 9 6\ni0 a[0]\ni1 a[1]\no1 y\nc\nx\n"
)

JSON = (
    b'{"creator":"Yosys","modules":{"m":{"attributes":{"top":"1"},"ports":{"a":{"direction":'
    b'"input","bits":[2,3]},"y":{"direction":"output","signed":1,"bits":[4,"1"]}},"cells":'
    b'{"g":{"type":"$_AND_","connections":{"A":[2],"B":[3],"Y":[4]}}},"netnames":{}}}}'
)
#: Name of a case -> format, reader and seeds; Verilog is read by a child process with limits.
NETLISTS = {
    "bench": ("bench", read_bench, (BENCH.encode(),)),
    "blif": ("blif", read_blif, (BLIF.encode(),)),
    "aiger-ascii": ("aiger", read_aiger, (AIGER,)),
    "aiger-binary": (
        "aiger",
        read_aiger,
        (b"aig 4 2 1 1 1\n8 0\n7\n\x02\x02i0 a\no0 y\n",),
    ),
    "yosys-json": ("yosys-json", read_yosys_json, (JSON,)),
}
