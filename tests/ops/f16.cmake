# Tests of the operators of scheme f16 and of the f16 residual stream.
target_sources(ops_test PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_f16_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_f16_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_f16_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_f16_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gelu_f16_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_qkv_f16_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f16_n16f25_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_f16_n16f25_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f16_n16f25_gelu_f16_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f16_n16f25_store_qkv_f16_test.cpp)
