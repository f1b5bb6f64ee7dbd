# Tests of the products of activations and weights.
target_sources(ops_test PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/linear_f32_fast_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f32_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_add_layer_norm_f16_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_gelu_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_pack_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_quantize_qkv_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/tuned_tables_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/tuning_test.cpp)
