// A 16-bit arithmetic and logic unit with signed operands and a flag for zero.
module alu16 (
  input signed [15:0] a, b,
  input [2:0] op,
  output reg signed [15:0] y,
  output zero
);
  always @*
    case (op)
      0: y = a + b;
      1: y = a - b;
      2: y = a & b;
      3: y = a | b;
      4: y = a ^ b;
      5: y = a < b;
      6: y = a << b[3:0];
      default: y = ~a;
    endcase
  assign zero = y == 0;
endmodule
