# Debian packages: `cpack` in a build whose prefix is /usr (the preset `package`).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME carillon)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "Carillon maintainers <maintainers@carillon.invalid>")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_COMPONENTS_ALL carillon libcarillon0 libcarillon-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_SET_DESTDIR ON) # /etc is not below /usr
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}")

set(CPACK_DEBIAN_CARILLON_PACKAGE_NAME carillon)
set(CPACK_DEBIAN_CARILLON_PACKAGE_SECTION net)
set(CPACK_COMPONENT_CARILLON_DESCRIPTION "event engine with a durable log, handlers and webhooks
Applications publish typed events. Carillon stores each event durably, runs
every handler that subscribes to it and calls every matching webhook. The
history stays queryable, countable and replayable.

This package has the node and its commands.")
set(CPACK_DEBIAN_CARILLON_PACKAGE_DEPENDS
  "systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_CARILLON_PACKAGE_RECOMMENDS "ca-certificates, fonts-dejavu-core")
set(CPACK_DEBIAN_CARILLON_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_CARILLON_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/packaging/debian/postinst"
  "${PROJECT_SOURCE_DIR}/packaging/debian/prerm"
  "${PROJECT_SOURCE_DIR}/packaging/debian/postrm"
  "${PROJECT_SOURCE_DIR}/packaging/debian/conffiles")

set(CPACK_DEBIAN_LIBCARILLON0_PACKAGE_NAME libcarillon0)
set(CPACK_DEBIAN_LIBCARILLON0_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_LIBCARILLON0_DESCRIPTION "event engine as a library for CAF applications
Carillon stores typed events durably, runs handlers and calls webhooks.

This package has the shared library that embeds it in an application.")
set(CPACK_DEBIAN_LIBCARILLON0_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/debian/triggers")
set(CPACK_DEBIAN_LIBCARILLON0_DEBUGINFO_PACKAGE ON)

set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_NAME libcarillon-dev)
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_LIBCARILLON-DEV_DESCRIPTION "event engine as a library for CAF applications (development files)
Carillon stores typed events durably, runs handlers and calls webhooks.

This package has the headers, the static library, and the files by which CMake
and pkg-config find them.")
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_DEPENDS
  "libcarillon0 (= ${PROJECT_VERSION}), libcaf-dev, libboost${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR}-dev")
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_SUGGESTS
  "libboost-url${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR}-dev, libcurl4-openssl-dev, libfribidi-dev, libharfbuzz-dev, libidn2-dev, libmariadb-dev, libpq-dev, libpqxx-dev, libre2-dev, libsqlite3-dev, libsqlitecpp-dev, libssl-dev, libwslay-dev, libzstd-dev, prometheus-cpp-dev, zlib1g-dev")

# What Debian's policy wants in /usr/share/doc of each package.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT "${made}/changelog" CONTENT [[
carillon (@PROJECT_VERSION@) unstable; urgency=medium

  * This version; CHANGELOG.md of the sources says what is new.

 -- @CPACK_PACKAGE_CONTACT@  @now@
]] @ONLY)
find_program(GZIP gzip REQUIRED)
execute_process(COMMAND "${GZIP}" -9nfk "${made}/changelog" COMMAND_ERROR_IS_FATAL ANY)
foreach(package IN LISTS CPACK_COMPONENTS_ALL)
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/debian/copyright" "${made}/changelog.gz"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}" COMPONENT ${package})
endforeach()

include(CPack)
