#include "node/options.hpp"

#include "node/option_values.hpp"

#include <CLI/Config.hpp>
#include <CLI/Error.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

namespace carillon {

namespace {

failure refuse(const std::string& detail, std::string_view field = {}) {
  return {ec::invalid_argument, detail, std::string{field}};
}

const option_spec* find_spec(std::string_view name) {
  const auto& all = option_table();
  auto i = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.name == name; });
  return i != all.end() ? &*i : nullptr;
}

/// Stands for a secret where options are printed.
constexpr std::string_view masked = "***";

/// Where the user and the password of a URL are; empty if it has none.
std::string_view credentials_of(std::string_view url) noexcept {
  auto scheme = url.find("://");
  if (scheme == std::string_view::npos)
    return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  auto end = url.rfind('@');
  return end == std::string_view::npos ? std::string_view{} : url.substr(0, end);
}

/// The part of a value that is not to be seen.
std::string_view secret_of(const option_spec& spec, std::string_view value) noexcept {
  if (spec.is_secret)
    return value;
  return spec.unit == "URL" ? credentials_of(value) : std::string_view{};
}

/// The value as it may be seen.
std::string shown(const option_spec& spec, std::string value) {
  if (auto secret = secret_of(spec, value); !secret.empty())
    value.replace(static_cast<size_t>(secret.data() - value.data()), secret.size(), masked);
  return value;
}

/// Applies one value, and tells where it came from if it does not fit.
expected<void> apply(serve_options& out, const option_spec& spec, const std::string& value,
                     const std::string& origin) {
  if (secret_of(spec, value) == masked)
    return refuse(origin + ": *** stands for a secret that was not printed; give the secret itself",
                  spec.name);
  auto done = spec.set(out, value);
  if (!done)
    return refuse(origin + ": " + done.error().detail, spec.name);
  return {};
}

expected<void> check_dev(const serve_options& x) {
  if (!x.node.dev)
    return {};
  for (const auto& [option, host] :
       {std::pair{"listen", x.node.data.host}, std::pair{"admin-listen", x.node.admin.host}})
    if (!is_loopback(host))
      return refuse("--" + std::string{option} + ": " + host
                      + " can be reached from elsewhere, and --dev needs no key; take a loopback "
                        "address, or leave --dev out",
                    option);
  return {};
}

std::string toml_value(const option_spec& spec, const std::string& value) {
  if (spec.unit.empty())
    return value;
  // CLI11 reads no escapes: what would need one goes into a literal string.
  auto quoted = [](std::string_view text) {
    const char* quote = text.find_first_of("\"\\") == std::string_view::npos ? "\"" : "'";
    return quote + std::string{text} + quote;
  };
  auto is_number = !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  if (is_number && !spec.is_list)
    return value;
  if (!spec.is_list)
    return quoted(value);
  std::string out = "[";
  for (size_t from = 0; from < value.size();) {
    auto end = std::min(value.find(',', from), value.size());
    out += (from > 0 ? ", " : "") + quoted(value.substr(from, end - from));
    from = end + 1;
  }
  return out + "]";
}

expected<std::string> value_of(const CLI::ConfigItem& item) {
  std::string out;
  for (const auto& x : item.inputs) {
    if (x.starts_with('"') || x.starts_with('\''))
      return refuse("the value of '" + item.name + "' has a quote that does not end, or a #");
    out += (out.empty() ? "" : ",") + x;
  }
  return out;
}

} // namespace

std::string environment_name(std::string_view option) {
  std::string out = "CARILLON_";
  for (char c : option)
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

expected<option_values> read_option_file(const std::string& path) {
  std::ifstream in{path};
  std::vector<CLI::ConfigItem> items;
  try {
    if (!in || std::filesystem::is_directory(path))
      return refuse("cannot read " + path, "config");
    items = CLI::ConfigTOML{}.from_config(in);
  } catch (const CLI::Error&) {
    return refuse(path + " is not a TOML file", "config");
  }
  option_values out;
  for (const auto& item : items) {
    if (!item.parents.empty())
      return refuse(path
                      + ": there are no tables, write the names of flags: " + item.parents.front(),
                    "config");
    const auto* spec = find_spec(item.name);
    if (spec == nullptr)
      return refuse(path + ": there is no option '" + item.name + "'", item.name);
    if (item.inputs.size() > 1 && !spec->is_list)
      return refuse(path + ": '" + item.name + "' takes one value; quote it, and give it once",
                    item.name);
    auto value = value_of(item);
    if (!value)
      return refuse(path + ": " + value.error().detail, item.name);
    out[item.name] = std::move(*value);
  }
  return out;
}

expected<serve_options> resolve_options(const option_values& flags, const environment& env,
                                        const option_values& file) {
  serve_options out;
  for (const auto& spec : option_table()) {
    auto variable = environment_name(spec.name);
    const char* in_env = env(variable);
    auto flag = flags.find(spec.name);
    auto line = file.find(spec.name);
    expected<void> done;
    if (flag != flags.end())
      done = apply(out, spec, flag->second, "--" + spec.name);
    else if (in_env != nullptr && *in_env != '\0')
      done = apply(out, spec, in_env, variable);
    else if (line != file.end())
      done = apply(out, spec, line->second, spec.name + " in the file");
    if (!done)
      return done.error();
  }
  if (auto fits = check_dev(out); !fits)
    return fits.error();
  out.node.engine.storage.url = out.store.empty() ? "sqlite://" + out.data_dir : out.store;
  out.node.engine.storage.directory = out.data_dir;
  out.node.data.accept_unknown_types = out.node.engine.accept_unknown_types;
  return out;
}

std::string to_toml(const serve_options& x) {
  std::string out;
  std::string group;
  for (const auto& spec : option_table()) {
    if (spec.group != group)
      out += (out.empty() ? "# " : "\n# ") + (group = spec.group) + "\n";
    out += spec.name + " = " + toml_value(spec, shown(spec, spec.get(x))) + "\n";
  }
  return out;
}

} // namespace carillon
