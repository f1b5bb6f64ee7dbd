#pragma once

// Arguments of the canary kernel and the number of each of its checks (host/canary.cpp names
// them and knows the right results).

struct canary_args {
  int count;  // checks to run, CANARY_COUNT
};

#define CANARY_CONTRACTION 0
#define CANARY_FMA 1
#define CANARY_DENORMAL_RESULT 2
#define CANARY_DENORMAL_OPERAND 3
#define CANARY_DIVIDE 4
#define CANARY_DIVIDE_DENORMAL 5
#define CANARY_SQRT 6
#define CANARY_RINT_DOWN 7
#define CANARY_RINT_UP 8
#define CANARY_ROUND_TO_INT 9
#define CANARY_HALF_STORE 10
#define CANARY_HALF_STORE_DENORMAL 11
#define CANARY_HALF_LOAD 12
#define CANARY_HALF_LOAD_DENORMAL 13
#define CANARY_INTEGER_WRAP 14
#define CANARY_SHIFT_SIGNED 15
#define CANARY_COUNT 16
