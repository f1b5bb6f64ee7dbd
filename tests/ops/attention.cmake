# Tests of attention, of the key/value cache and of the sequence table.
target_sources(ops_test PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attention_runner.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_truth.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sequences_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/kv_cache_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_qkv_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_kv_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8_quantize_tokens_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_f32_test.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_invariance_test.cpp)
