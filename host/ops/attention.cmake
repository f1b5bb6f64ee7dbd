# Attention: storing keys and values, the products over the cache, the sequence table.
target_sources(zerocl_host PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/sequences.cpp
  ${CMAKE_CURRENT_LIST_DIR}/word_upload.cpp
  ${CMAKE_CURRENT_LIST_DIR}/kv_cache.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_launch.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_qkv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_kv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8_quantize_tokens.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_f32.cpp)
