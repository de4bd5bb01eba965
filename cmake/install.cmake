# `cmake --install`: the process, libcarillon, and what finds it. Components: `carillon`, `libcarillon0`
# and `libcarillon-dev`, which are the Debian packages as well (packaging/cpack.cmake).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS carillon RUNTIME COMPONENT carillon)
include("${PROJECT_SOURCE_DIR}/packaging/service.cmake")
include("${PROJECT_SOURCE_DIR}/packaging/cpack.cmake")

# -- libcarillon: the objects of all rooms ------------------------------------------

set(rooms carillon_base carillon_messages carillon_persistence carillon_actors carillon_net
  carillon_handlers carillon_parts carillon_carillon)
set(room_objects "")
set(room_libraries "")
foreach(room IN LISTS rooms)
  list(APPEND room_objects "$<TARGET_OBJECTS:${room}>")
  get_target_property(libraries ${room} LINK_LIBRARIES)
  list(APPEND room_libraries ${libraries})
endforeach()
list(FILTER room_libraries EXCLUDE REGEX "^carillon(::|_)")
list(REMOVE_DUPLICATES room_libraries)
# What the public headers include, so that whoever uses the library needs it, too.
set(public_libraries CAF::core Boost::headers Threads::Threads)
list(REMOVE_ITEM room_libraries ${public_libraries})

set(include_directory "${CMAKE_INSTALL_INCLUDEDIR}/carillon-${PROJECT_VERSION_MAJOR}")
set(exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")

# carillon_library(NAME TYPE LIBRARIES...)
function(carillon_library name type)
  add_library(${name} ${type} ${room_objects})
  set_target_properties(${name} PROPERTIES
    OUTPUT_NAME carillon
    LINKER_LANGUAGE CXX
    VERSION "${PROJECT_VERSION}"
    SOVERSION "${PROJECT_VERSION_MAJOR}"
    LINK_DEPENDS "${exports}")
  target_compile_features(${name} INTERFACE cxx_std_20)
  target_compile_definitions(${name} INTERFACE CAF_ENABLE_TYPE_ID_CHECKS)
  target_include_directories(${name} INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" "$<INSTALL_INTERFACE:${include_directory}>")
  target_link_libraries(${name} PUBLIC ${public_libraries} PRIVATE ${ARGN})
endfunction()

carillon_library(carillon_static STATIC ${room_libraries})
set_target_properties(carillon_static PROPERTIES EXPORT_NAME carillon_static)
carillon_library(carillon_shared SHARED ${room_libraries})
set_target_properties(carillon_shared PROPERTIES EXPORT_NAME carillon)
target_link_options(carillon_shared PRIVATE
  -fuse-ld=mold -Wl,-z,defs -Wl,--as-needed "-Wl,--version-script=${exports}")
if(CARILLON_SANITIZE)
  target_link_options(carillon_shared PRIVATE -fsanitize=${CARILLON_SANITIZE})
endif()

# Applications debug with the shared one.
add_custom_command(TARGET carillon_static POST_BUILD
  COMMAND "${CMAKE_STRIP}" --strip-debug "$<TARGET_FILE:carillon_static>" VERBATIM)

install(TARGETS carillon_shared EXPORT carillon-shared
  LIBRARY COMPONENT libcarillon0 NAMELINK_COMPONENT libcarillon-dev)
install(TARGETS carillon_static EXPORT carillon-static
  ARCHIVE COMPONENT libcarillon-dev)

# -- headers, and how they are found --------------------------------------------------

# The public headers, one path a line.
set(public_headers "${PROJECT_SOURCE_DIR}/cmake/public_headers.txt")
if(EXISTS "${public_headers}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${public_headers}")
  file(STRINGS "${public_headers}" headers REGEX "^[^#]")
  foreach(header IN LISTS headers)
    get_filename_component(folder "${header}" DIRECTORY)
    install(FILES "${PROJECT_SOURCE_DIR}/${header}"
      DESTINATION "${include_directory}/${folder}" COMPONENT libcarillon-dev)
  endforeach()
endif()

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/carillon")
foreach(kind IN ITEMS shared static)
  install(EXPORT carillon-${kind} FILE carillon-${kind}.cmake NAMESPACE carillon::
    DESTINATION "${package_directory}" COMPONENT libcarillon-dev)
endforeach()
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/carillonConfig.cmake.in" "${PROJECT_BINARY_DIR}/carillonConfig.cmake"
  INSTALL_DESTINATION "${package_directory}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 each minor version may change what applications use.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/carillonConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/carillonConfig.cmake"
    "${PROJECT_BINARY_DIR}/carillonConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
  DESTINATION "${package_directory}" COMPONENT libcarillon-dev)

# Found from where the file is, so that the installation can be moved.
set(pc_directory "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${pc_directory}"
  OUTPUT_VARIABLE pc_prefix)
set(pc_mariadb "")
if(MARIADB_FOUND)
  set(pc_mariadb "-lmariadb ")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/carillon.pc.in" "${PROJECT_BINARY_DIR}/carillon.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/carillon.pc"
  DESTINATION "${pc_directory}" COMPONENT libcarillon-dev)
