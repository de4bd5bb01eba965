# Writes a C++ source that returns text files of a directory by their names:
# cmake -DDIRECTORY= -DPATTERN= -DOUTPUT= -DHEADER= -DNAMES= -DFUNCTION= -P
# FUNCTION (name -> text, empty if there is none) and NAMES (all names, ascending) are qualified.
file(GLOB paths LIST_DIRECTORIES false "${DIRECTORY}/${PATTERN}")
list(SORT paths)
list(LENGTH paths count)
set(delimiter "embedded_text")
set(entries "")
set(names "")
foreach(path IN LISTS paths)
  get_filename_component(name "${path}" NAME)
  file(READ "${path}" text)
  string(LENGTH "${text}" length)
  string(FIND "${text}" ")${delimiter}\"" clash)
  # Compilers need only take literals of 64 KiB.
  if(NOT clash EQUAL -1 OR length GREATER 60000)
    message(FATAL_ERROR "${path} is too long, or contains the delimiter of the literal")
  endif()
  string(APPEND entries "  {\"${name}\", R\"${delimiter}(${text})${delimiter}\"},\n")
  string(APPEND names "  \"${name}\",\n")
endforeach()
file(WRITE "${OUTPUT}"
  "#include \"${HEADER}\"\n\n#include <array>\n#include <utility>\n\nnamespace {\n\n"
  "constexpr std::array<std::pair<std::string_view, std::string_view>, ${count}> files{{\n"
  "${entries}}};\n\n"
  "constexpr std::array<std::string_view, ${count}> names{{\n${names}}};\n\n} // namespace\n\n"
  "std::string_view ${FUNCTION}(std::string_view name) noexcept {\n"
  "  for (const auto& [key, text] : files)\n    if (key == name)\n      return text;\n  return {};\n}\n\n"
  "std::span<const std::string_view> ${NAMES}() noexcept {\n  return names;\n}\n")
