# Writes a C++ source that returns a text file: cmake -DINPUT= -DOUTPUT= -DHEADER= -DFUNCTION= -P
# FUNCTION is qualified, e.g. carillon::admin::openapi_yaml.
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
set(delimiter "embedded_text")
string(FIND "${text}" ")${delimiter}\"" clash)
if(NOT clash EQUAL -1)
  message(FATAL_ERROR "${INPUT} contains the delimiter of the literal")
endif()
# Compilers need only take literals of 64 KiB; adjacent ones are joined.
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "R\"${delimiter}(${piece})${delimiter}\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${OUTPUT}"
  "#include \"${HEADER}\"\n\nstd::string_view ${FUNCTION}() noexcept {\n  return ${pieces};\n}\n")
