// A 4-bit counter with a reset and an enable; it starts at any number.
module counter4 (input clk, input rst, input en, output reg [3:0] q);
  always @(posedge clk)
    if (rst) q <= 0;
    else if (en) q <= q + 1;
endmodule
