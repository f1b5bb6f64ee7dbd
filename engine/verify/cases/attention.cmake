# Cases of attention and of what it reads.
target_sources(zerocl_engine PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attention_case.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_batches.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_qkv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_kv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8_quantize_tokens.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_f32.cpp)
