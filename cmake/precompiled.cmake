# Precompiled headers: three quarters of what a source is made of are the standard library, Boost,
# RapidJSON and CAF. One set is for base and persistence, which know no CAF, one for net, which knows
# Boost.Asio, and one for all others. Each is compiled once, and every target takes one of them.
#
# A precompiled header is not free for those that need little of it: GCC makes the templates that the
# inline functions of a header call at the end of every source, not in the precompiled header. CAF's
# actors and what they include cost each source two seconds of processor time, half of it page faults.
option(CARILLON_PRECOMPILE "Precompile what most sources include" ON)

function(carillon_precompiled_set name header)
  add_library(${name} OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
  target_link_libraries(${name} PRIVATE carillon_options ${ARGN})
  target_precompile_headers(${name} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/${header}")
endfunction()

# carillon_precompile(SET TARGET...)
function(carillon_precompile set)
  if(CARILLON_PRECOMPILE)
    foreach(target IN LISTS ARGN)
      target_precompile_headers(${target} REUSE_FROM ${set})
    endforeach()
  endif()
endfunction()

if(CARILLON_PRECOMPILE)
  carillon_precompiled_set(precompiled_base precompiled_base.hpp Boost::headers)
  carillon_precompiled_set(precompiled_caf precompiled.hpp Boost::headers CAF::core)
  carillon_precompiled_set(precompiled_net precompiled_net.hpp Boost::headers CAF::core)
endif()
