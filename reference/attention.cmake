# Attention and what it reads.
target_sources(zerocl_reference PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/online_softmax.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantize_qkv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_kv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_i8_quantize_tokens.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attention_f32.cpp)
