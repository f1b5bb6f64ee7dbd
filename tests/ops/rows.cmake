# Tests of the operators on the rows and elements of activations.
target_sources(ops_test PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/family_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/embedding_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_tokens_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_weight_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/dequantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gelu_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gelu_quantize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/tanh_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/relu_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gather_rows_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/mean_pool_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/l2_normalize_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/argmax_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/top_k_test.cpp)
