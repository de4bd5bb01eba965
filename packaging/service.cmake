# What is installed beside the binary and made by it: man pages, completions, the configuration; and the
# files of the service.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(made "${PROJECT_BINARY_DIR}/packaging")
set(config_directory "${CMAKE_INSTALL_FULL_SYSCONFDIR}/carillon")
# Honours SOURCE_DATE_EPOCH.
string(TIMESTAMP today "%Y-%m-%d" UTC)

# The environment of who builds is no default.
set(run_carillon env -i "$<TARGET_FILE:carillon>")
add_custom_command(
  OUTPUT "${made}/describe.json" "${made}/carillon.toml"
  COMMAND ${run_carillon} describe > "${made}/describe.json"
  COMMAND ${run_carillon} check-config --template --data-dir /var/lib/carillon
    --admin-key-file "${config_directory}/admin.key" > "${made}/carillon.toml"
  DEPENDS carillon
  VERBATIM)
add_custom_command(
  OUTPUT "${made}/man/carillon.1"
  COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/packaging/manual.py"
    "${made}/describe.json" "${made}" "${PROJECT_VERSION}" "${today}"
  COMMAND sh -c "gzip -9nf -k '${made}'/man/*.1"
  DEPENDS "${made}/describe.json" "${PROJECT_SOURCE_DIR}/packaging/manual.py"
  VERBATIM)
file(MAKE_DIRECTORY "${made}")
add_custom_target(carillon_service ALL DEPENDS "${made}/man/carillon.1" "${made}/carillon.toml")

install(DIRECTORY "${made}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT carillon
  FILES_MATCHING PATTERN "*.1.gz")
install(FILES "${made}/completions/carillon.bash" RENAME carillon
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT carillon)
install(FILES "${made}/completions/carillon.fish"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT carillon)

set(zsh_directory site-functions)
set(install_sysconfdir "${CMAKE_INSTALL_SYSCONFDIR}")
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  # Debian's folder, and its /etc, which needs DESTDIR instead of --prefix.
  set(zsh_directory vendor-completions)
  set(install_sysconfdir "${CMAKE_INSTALL_FULL_SYSCONFDIR}")
endif()
install(FILES "${made}/completions/_carillon"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/${zsh_directory}" COMPONENT carillon)
install(FILES "${made}/carillon.toml" DESTINATION "${install_sysconfdir}/carillon"
  COMPONENT carillon)

configure_file("${PROJECT_SOURCE_DIR}/packaging/carillon.service.in" "${made}/carillon.service" @ONLY)
install(FILES "${made}/carillon.service" DESTINATION lib/systemd/system COMPONENT carillon)
foreach(kind IN ITEMS sysusers tmpfiles)
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/carillon.${kind}" RENAME carillon.conf
    DESTINATION "lib/${kind}.d" COMPONENT carillon)
endforeach()

# For the monitoring of operators: docs/prometheus.md.
install(FILES "${PROJECT_SOURCE_DIR}/packaging/prometheus/carillon.rules.yml"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/carillon/prometheus" COMPONENT carillon)
install(FILES "${PROJECT_SOURCE_DIR}/packaging/grafana/carillon.json"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/carillon/grafana" COMPONENT carillon)
