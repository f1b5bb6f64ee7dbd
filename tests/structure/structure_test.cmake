# The laws of the design that can be read off the files (README, "Laws"):
#   arrows  includes point down: tests, bench -> engine -> host -> cl_kernels; reference -> abi; inside
#           the engine only the reference executor, verify's cases and their tests see the reference
#   size    no source file over 420 lines
#   names   every operator of NUMERICS.md has its kernel, launcher, reference, case and test
cmake_minimum_required(VERSION 3.22)
set(errors "")

# Includes of `file` that match `regex`.
function(refuse_include file regex why)
  file(STRINGS ${file} includes REGEX "^#include \"(${regex})")
  if(includes)
    list(GET includes 0 first)
    set(errors "${errors}\n${file}: ${first}: ${why}" PARENT_SCOPE)
  endif()
endfunction()

file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/cl_kernels/* ${ROOT}/host/* ${ROOT}/reference/*
  ${ROOT}/engine/* ${ROOT}/tests/* ${ROOT}/bench/*)
list(FILTER sources INCLUDE REGEX "\\.(h|cpp|cl|c)$")
list(FILTER sources EXCLUDE REGEX "^tests/structure/broken/")
foreach(source ${sources})
  set(path ${ROOT}/${source})
  if(source MATCHES "^cl_kernels/")
    refuse_include(${path} "(host|engine|reference|tests|bench)/" "kernels include nothing above them")
  elseif(source MATCHES "^host/")
    refuse_include(${path} "(engine|reference|tests|bench)/" "host includes cl_kernels alone")
  elseif(source MATCHES "^reference/")
    refuse_include(${path} "(host|engine|tests|bench)/" "the reference stands alone")
    refuse_include(${path} "(cl_kernels/)?common/" "the reference shares numbers with kernels, never code")
  elseif(source MATCHES "^engine/")
    refuse_include(${path} "(tests|bench)/" "the engine includes nothing above it")
    if(NOT source MATCHES "^engine/(graph/reference_|verify/|session/session.cpp)")
      refuse_include(${path} "reference/" "only the reference executor and verify see the reference")
    endif()
  endif()
  file(STRINGS ${path} lines)
  file(READ ${path} text)
  string(REGEX MATCHALL "\n" newlines "${text}")
  list(LENGTH newlines count)
  if(count GREATER 420 AND NOT source MATCHES "unicode_tables")
    set(errors "${errors}\n${source}: ${count} lines, 420 at most: split it by meaning")
  endif()
endforeach()

# Operators are the headings "### 3.x name" of NUMERICS.md; several may share one heading's text.
file(STRINGS ${ROOT}/reference/NUMERICS.md headings REGEX "^### 3\\.[0-9]+ [a-z]")
foreach(heading ${headings})
  string(REGEX REPLACE "^### 3\\.[0-9]+ " "" names "${heading}")
  string(REGEX MATCHALL "[a-z0-9_]+" names "${names}")
  list(REMOVE_ITEM names fusions of and)
  foreach(op ${names})
    foreach(face "host/ops/${op}.h" "reference/${op}.h" "engine/verify/cases/${op}.cpp"
                 "tests/ops/${op}_test.cpp")
      if(NOT EXISTS ${ROOT}/${face})
        set(errors "${errors}\n${op}: ${face} is missing")
      endif()
    endforeach()
    # quantize_weight is quantize_tokens on a view: it has no kernel of its own.
    file(GLOB kernels ${ROOT}/cl_kernels/${op}.cl ${ROOT}/cl_kernels/${op}.*.cl)
    if(NOT kernels AND NOT op STREQUAL "quantize_weight")
      set(errors "${errors}\n${op}: cl_kernels/${op}.cl is missing")
    endif()
  endforeach()
endforeach()

if(errors)
  message(FATAL_ERROR "The tree breaks its laws:${errors}")
endif()
list(LENGTH sources count)
message(STATUS "${count} files obey the laws")
