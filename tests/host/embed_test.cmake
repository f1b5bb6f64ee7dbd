# cmake -D EMBED=embed.cmake -D WORK_DIR=... -P embed_test.cmake
# Runs the name check and the embedding on small folders and expects success or a named failure.
cmake_minimum_required(VERSION 3.22)

file(REMOVE_RECURSE ${WORK_DIR})

# configure(<case> <file> <text>): runs zerocl_check_kernel_names in a process of its own.
function(run_check case file text)
  file(WRITE ${WORK_DIR}/${case}/${file} "${text}")
  file(WRITE ${WORK_DIR}/${case}/check.cmake
    "include(${EMBED})\nzerocl_check_kernel_names(${WORK_DIR}/${case} \"${file}\")\n")
  # A project, because the check also registers files to be watched.
  file(WRITE ${WORK_DIR}/${case}/CMakeLists.txt
    "cmake_minimum_required(VERSION 3.22)\nproject(check NONE)\ninclude(check.cmake)\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${WORK_DIR}/${case} -B ${WORK_DIR}/${case}/build
    RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE error)
  set(result ${result} PARENT_SCOPE)
  string(REGEX REPLACE "[ \n]+" " " error "${error}")  # CMake wraps its messages
  set(error "${error}" PARENT_SCOPE)
endfunction()

function(expect_accepted case file text)
  run_check(${case} ${file} "${text}")
  if(NOT result EQUAL 0)
    message(SEND_ERROR "${case}: refused: ${error}")
  endif()
endfunction()

function(expect_refused case file text wanted)
  run_check(${case} ${file} "${text}")
  if(result EQUAL 0)
    message(SEND_ERROR "${case}: accepted")
  elseif(NOT error MATCHES "${wanted}")
    message(SEND_ERROR "${case}: refused without '${wanted}': ${error}")
  endif()
endfunction()

expect_accepted(plain op.cl "kernel void op(global int* x, int n) { x[0] = n; }\n")
expect_accepted(variant op.vnni.cl "__kernel void op_vnni(global int* x) {}\n")
expect_accepted(further op.cl "kernel void op(int n) {}\nkernel void op_tall(int n) {}\n")
expect_accepted(attribute op.cl
  "kernel __attribute__((reqd_work_group_size(64, 1, 1)))\nvoid op(global int* x) {}\n")
expect_accepted(brackets op.cl "void f(int a[2]) { a[0] = 1; }\nkernel void op(int n) {}\n")
expect_refused(none op.cl "void op(int n) {}\n" "holds no kernel named 'op'")
expect_refused(commented op.cl "// kernel void op(int n) {}\n" "holds no kernel named 'op'")
expect_refused(other op.cl "kernel void op(int n) {}\nkernel void po(int n) {}\n"
  "kernel 'po' must be named 'op'")
expect_refused(variant_missing op.vnni.cl "kernel void op(int n) {}\n" "'op' must be named 'op_vnni'")
expect_refused(upper Op.cl "kernel void Op(int n) {}\n" "in lower case")

# The generated file holds every character of the source.
set(text "// \\n \"quoted\" ; [brackets] \${variable} @at@ %s\nkernel void op(int n) {}\n")
file(WRITE ${WORK_DIR}/embed/op.cl "${text}")
file(WRITE ${WORK_DIR}/embed/list.txt "op.cl\n")
execute_process(COMMAND ${CMAKE_COMMAND} -D SOURCE_DIR=${WORK_DIR}/embed
  -D LIST=${WORK_DIR}/embed/list.txt -D OUTPUT=${WORK_DIR}/embed/out.cpp -P ${EMBED}
  RESULT_VARIABLE result)
file(READ ${WORK_DIR}/embed/out.cpp cpp)
string(FIND "${cpp}" "R\"zerocl(${text})zerocl\"" at)
if(NOT result EQUAL 0 OR at EQUAL -1)
  message(SEND_ERROR "the generated file does not hold the source as it is")
endif()
