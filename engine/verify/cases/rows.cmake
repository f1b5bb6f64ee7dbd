# Cases of the operators on the rows and elements of activations.
target_sources(zerocl_engine PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/row_case.cpp
  ${CMAKE_CURRENT_LIST_DIR}/row_inputs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/norm_case.cpp
  ${CMAKE_CURRENT_LIST_DIR}/elementwise_case.cpp
  ${CMAKE_CURRENT_LIST_DIR}/embedding.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_tokens.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_weight.cpp
  ${CMAKE_CURRENT_LIST_DIR}/dequantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_norm_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/add_layer_norm_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gelu.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gelu_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/tanh.cpp
  ${CMAKE_CURRENT_LIST_DIR}/relu.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gather_rows.cpp
  ${CMAKE_CURRENT_LIST_DIR}/mean_pool.cpp
  ${CMAKE_CURRENT_LIST_DIR}/l2_normalize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/argmax.cpp
  ${CMAKE_CURRENT_LIST_DIR}/top_k.cpp)
