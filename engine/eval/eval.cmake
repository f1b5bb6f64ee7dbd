# Tasks, data readers and metrics of `zerocl eval`.
target_sources(zerocl_engine PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/evaluate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/glue.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics.cpp
  ${CMAKE_CURRENT_LIST_DIR}/text_lines.cpp)
