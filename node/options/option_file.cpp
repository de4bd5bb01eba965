#include "node/input_file.hpp"
#include "node/options/options.hpp"

#include <toml++/toml.h>

#include <sstream>

namespace carillon {

namespace {

/// A file of options is a few kilobytes.
constexpr size_t most_bytes = size_t{1} << 20U;

failure refuse_file(const std::string& detail, std::string_view field) {
  return {ec::invalid_argument, detail, std::string{field}};
}

std::string place_of(const std::string& path, const toml::source_region& x) {
  return path + ":" + std::to_string(x.begin.line) + ":" + std::to_string(x.begin.column);
}

/// The expected type of a value, in the words of TOML.
std::string form_of(const option_spec& spec) {
  if (spec.unit.empty())
    return "true or false";
  if (spec.is_list)
    return "an array of strings";
  return spec.takes_number ? "a number, or a string" : "a string: put it in quotes";
}

/// One value as text; empty if its type does not fit the option.
std::optional<std::string> text_of(const toml::node& x, const option_spec& spec) {
  if (const auto* text = x.as_string())
    return text->get();
  if (const auto* number = x.as_integer(); number != nullptr && spec.takes_number)
    return std::to_string(number->get());
  if (const auto* flag = x.as_boolean(); flag != nullptr && spec.unit.empty())
    return flag->get() ? "true" : "false";
  return std::nullopt;
}

/// An array as a list with commas. Errors: an item that is not a string, or that a list cannot
/// hold.
expected<std::string> list_of(const toml::array& xs, const option_spec& spec) {
  std::string out;
  for (const auto& x : xs) {
    auto item = text_of(x, spec);
    if (!item)
      return refuse_file("has to be " + form_of(spec), spec.name);
    if (item->empty() || item->find(',') != std::string::npos)
      return refuse_file("has an item that is empty or has a comma: '" + *item + "'", spec.name);
    out += (out.empty() ? "" : ",") + *item;
  }
  return out;
}

expected<std::string> value_of(const toml::node& x, const option_spec& spec) {
  if (const auto* array = x.as_array(); array != nullptr && spec.is_list)
    return list_of(*array, spec);
  auto text = text_of(x, spec);
  if (!text)
    return refuse_file("has to be " + form_of(spec), spec.name);
  // The environment and flags cannot hold one either, and the text after it would be lost.
  if (text->find('\0') != std::string::npos)
    return refuse_file("has a character U+0000", spec.name);
  return std::move(*text);
}

expected<option_values> values_in(const toml::table& file, const std::string& path) {
  option_values out;
  for (const auto& [key, node] : file) {
    auto where = place_of(path, node.source());
    if (node.is_table() || node.is_array_of_tables())
      return refuse_file(
        where + ": there are no tables, write the names of flags: " + std::string{key.str()},
        "config");
    const auto* spec = find_option(key.str());
    if (spec == nullptr)
      return refuse_file(where + ": there is no option '" + std::string{key.str()} + "'",
                         key.str());
    auto value = value_of(node, *spec);
    if (!value)
      return refuse_file(where + ": '" + spec->name + "' " + value.error().detail, spec->name);
    out[spec->name] = std::move(*value);
  }
  return out;
}

} // namespace

expected<option_values> read_option_file(const std::string& path) {
  auto text = read_input_file(path, most_bytes);
  if (!text)
    return refuse_file(text.error().detail, "config");
  try {
    return values_in(toml::parse(*text), path);
  } catch (const toml::parse_error& x) {
    return refuse_file(place_of(path, x.source()) + ": not TOML: " + std::string{x.description()},
                       "config");
  }
}

} // namespace carillon
