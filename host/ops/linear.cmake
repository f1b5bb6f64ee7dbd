# Products of activations and weights.
target_sources(zerocl_host PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/linear_f32.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f32_fast.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_f32_pack.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_launch.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_add_layer_norm_f16_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_gelu_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_pack.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_quantize.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_w8a8_quantize_qkv.cpp
  ${CMAKE_CURRENT_LIST_DIR}/linear_wgmma.cpp
  ${CMAKE_CURRENT_LIST_DIR}/row_meeting.cpp)
# linear_f32_fast is the one operator that another library computes; without it, it says so.
if(CLBlast_FOUND)
  target_link_libraries(zerocl_host PRIVATE clblast)
  target_compile_definitions(zerocl_host PRIVATE ZEROCL_CLBLAST)
endif()
