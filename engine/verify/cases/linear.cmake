# Cases of the products of activations and weights.
target_sources(zerocl_engine PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/linear_case.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f32.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_add_layer_norm_f16_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_gelu_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_operands.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_quantize_qkv.cpp)
