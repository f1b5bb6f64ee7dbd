# The products against Eigen's, on the CPU. Eigen is built as a user would for speed: the ratio is
# one with the best that this compiler makes of it for this machine, not with a distribution's build.
find_package(OpenMP REQUIRED)
add_library(zerocl_eigen_product OBJECT ${CMAKE_CURRENT_LIST_DIR}/eigen_product.cpp)
target_include_directories(zerocl_eigen_product PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
target_compile_options(zerocl_eigen_product PRIVATE -O3 -march=native)
target_link_libraries(zerocl_eigen_product PRIVATE Eigen3::Eigen OpenMP::OpenMP_CXX)
add_executable(linear_vs_eigen ${CMAKE_CURRENT_LIST_DIR}/linear_vs_eigen.cpp)
target_link_libraries(linear_vs_eigen PRIVATE zerocl_eigen_product OpenMP::OpenMP_CXX zerocl_host
  CLI11::CLI11 nlohmann_json::nlohmann_json zerocl_fmt)
