// How Yosys maps arithmetic for p-circuits: full adders in rows and chains, which cost
// two p-bits each, in place of trees that look ahead.

(* techmap_celltype = "$lcu" *)
module _00_pbit_ripple (P, G, CI, CO);
  parameter WIDTH = 2;
  (* force_downto *) input [WIDTH-1:0] P, G;
  input CI;
  (* force_downto *) output [WIDTH-1:0] CO;
  wire [WIDTH:0] C;
  assign C[0] = CI;
  genvar i;
  generate
    for (i = 0; i < WIDTH; i = i + 1) assign C[i+1] = G[i] | (P[i] & C[i]);
  endgenerate
  assign CO = C[WIDTH:1];
endmodule

// Unsigned products: rows of the wider factor, one a bit of the other.
(* techmap_celltype = "$mul" *)
module _00_pbit_rows (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  (* force_downto *) output [Y_WIDTH-1:0] Y;
  wire _TECHMAP_FAIL_ = A_SIGNED || B_SIGNED;
  localparam SWAP = B_WIDTH > A_WIDTH;
  localparam N = SWAP ? B_WIDTH : A_WIDTH;
  localparam M = SWAP ? A_WIDTH : B_WIDTH;
  wire [N-1:0] W;  // across
  wire [M-1:0] T;  // down
  wire [M*(N+1)-1:0] R, C;
  wire [N+M-1:0] P;
  genvar i, j;
  generate
    if (SWAP) begin
      assign W = B;
      assign T = A;
    end else begin
      assign W = A;
      assign T = B;
    end
    for (i = 0; i < N; i = i + 1) assign R[i] = W[i] & T[0];
    assign R[N] = 1'b0;
    for (j = 1; j < M; j = j + 1) begin
      assign C[j*(N+1)] = 1'b0;
      for (i = 0; i < N; i = i + 1) begin
        wire x, y, c;
        assign x = R[(j-1)*(N+1)+i+1];
        assign y = W[i] & T[j];
        assign c = C[j*(N+1)+i];
        assign R[j*(N+1)+i] = x ^ y ^ c;
        assign C[j*(N+1)+i+1] = (x & y) | ((x ^ y) & c);
      end
      assign R[j*(N+1)+N] = C[j*(N+1)+N];
    end
    for (j = 0; j < M - 1; j = j + 1) assign P[j] = R[j*(N+1)];
    for (i = 0; i <= N; i = i + 1) assign P[M-1+i] = R[(M-1)*(N+1)+i];
  endgenerate
  assign Y = P;
endmodule
