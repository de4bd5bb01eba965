# A build from nothing compiles the sources of a folder as one: the same headers are read once, and
# templates are made once. An edit compiles its folder again.
option(CARILLON_UNITY "Compile the sources of a folder as one" OFF)

set(unity_tests_at_a_time 8)
set(unity_sources_at_a_time 6)

# carillon_unity(TARGET [BATCHED folders...]): by folder; of those folders a few sources at a time.
function(carillon_unity target)
  if(NOT CARILLON_UNITY)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "BATCHED" ${ARGN})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # GCC 12 sees short strings written beyond their end when it inlines this much (its bug 105651); builds
  # without unity have the warnings.
  target_compile_options(${target} PRIVATE
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict
    # And texts in a variant that were never made, when it optimizes.
    $<$<NOT:$<CONFIG:Debug>>:-Wno-maybe-uninitialized>
    # Types of one source are not those of its neighbours.
    -Wno-shadow -Wno-subobject-linkage)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(folder "${source}" DIRECTORY)
    if(NOT IS_ABSOLUTE "${source}")
      string(REPLACE "/" "_" group "${target}_${folder}")
      if(folder IN_LIST arg_BATCHED)
        math(EXPR batched "0${batched} + 1")
        math(EXPR batch "(${batched} - 1) / ${unity_sources_at_a_time}")
        string(APPEND group "_${batch}")
      endif()
      set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${group}")
    endif()
  endforeach()
endfunction()

# carillon_unity_tests(TARGET): a few files at a time, in the order of their list, so that an edit compiles few.
# What a test file has for itself is within its TEST_SUITE, which is a namespace.
function(carillon_unity_tests target)
  if(NOT CARILLON_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_compile_options(${target} PRIVATE -Wno-shadow -Wno-subobject-linkage)
  get_target_property(sources ${target} SOURCES)
  set(count 0)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "_(test|conformance)\\.cpp$" OR source MATCHES "\\.\\.")
      continue()
    endif()
    math(EXPR batch "${count} / ${unity_tests_at_a_time}")
    math(EXPR count "${count} + 1")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${target}_${batch}")
  endforeach()
endfunction()
