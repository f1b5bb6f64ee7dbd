# The operators of scheme f16 and of the f16 residual stream, and the arithmetic that they share.
target_sources(zerocl_reference PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/f16.cpp
  ${CMAKE_CURRENT_LIST_DIR}/n16f25.cpp
  ${CMAKE_CURRENT_LIST_DIR}/moments.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_f16.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_f16.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_f16_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_f16_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gelu_f16.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_qkv_f16.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f16_n16f25.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_f16_n16f25.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f16_n16f25_gelu_f16.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f16_n16f25_store_qkv_f16.cpp)
