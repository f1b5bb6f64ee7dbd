# What turns texts into a session's work and its logits into texts.
target_sources(zerocl_engine PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/generate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/perplexity.cpp
  ${CMAKE_CURRENT_LIST_DIR}/perplexity_windows.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sample.cpp
  ${CMAKE_CURRENT_LIST_DIR}/text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/text_tasks.cpp)
