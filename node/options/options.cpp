#include "node/options/options.hpp"

#include "base/text/masked.hpp"
#include "base/text/utf8.hpp"
#include "messages/codec/codec.hpp"
#include "net/remote/caf_port.hpp"
#include "node/option_values.hpp"
#include "node/options/option_table_sso.hpp"
#include "node/options/option_table_tls.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

namespace carillon {

namespace {

failure refuse_option(const std::string& detail, std::string_view field = {}) {
  return {ec::invalid_argument, detail, std::string{field}};
}

/// The value in printable form, without secrets.
std::string shown(const option_spec& spec, const std::string& value) {
  if (spec.is_secret)
    return value.empty() ? value : std::string{mask};
  // A path of the file system has no secret, and may contain an @.
  return spec.unit == "URL" && !value.starts_with("sqlite:") ? masked(value) : value;
}

/// Of a URL who is asked; the rest may be the secret, as in the addresses of chat rooms.
std::string without_path(std::string_view url) {
  constexpr std::string_view mark = "://";
  const auto host = url.find(mark);
  const auto end
    = host == std::string_view::npos ? host : url.find_first_of("/?#", host + mark.size());
  if (end == std::string_view::npos || url.substr(end) == "/")
    return std::string{url};
  return std::string{url.substr(0, end)} + '/' + std::string{mask};
}

/// For readers of the admin port: a URL in a list, such as a witness, may have a secret as
/// well. Nobody starts a node with it.
std::string shown_to_readers(const option_spec& spec, const std::string& value) {
  const auto readable = [](std::string_view x) {
    return x.find("://") == std::string_view::npos ? std::string{x} : masked(x);
  };
  auto all = shown(spec, value);
  if (spec.unit == "URL")
    return all;
  if (!spec.is_list)
    return readable(all);
  std::string out;
  for (std::string_view rest = all; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    out += (out.empty() ? "" : ",") + without_path(readable(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

/// True if `shown` made it from a secret.
bool is_masked(const option_spec& spec, std::string_view value) {
  if (spec.is_secret)
    return value == mask;
  return spec.unit == "URL" && value.find(mask) != std::string_view::npos;
}

/// The error for a value, which may quote it, without secrets.
std::string without_secret(const option_spec& spec, const std::string& value, std::string detail) {
  if (spec.unit == "URL")
    return masked(detail);
  // Shorter values are parts of ordinary words, and no message of a secret option quotes its value.
  constexpr size_t telling = 8;
  if (spec.is_secret && value.size() >= telling)
    for (size_t at = 0; (at = detail.find(value, at)) != std::string::npos; at += mask.size())
      detail.replace(at, value.size(), mask);
  return detail;
}

/// Applies one value; an error names the source of the value.
expected<void> apply(serve_options& out, const option_spec& spec, const std::string& value,
                     const std::string& origin) {
  if (is_masked(spec, value))
    return refuse_option(
      origin + ": *** stands for a secret that was not printed; give the secret itself", spec.name);
  auto done = spec.set(out, value);
  if (!done)
    return refuse_option(origin + ": " + without_secret(spec, value, done.error().detail),
                         spec.name);
  return {};
}

expected<void> check_dev(const serve_options& x) {
  if (!x.node.dev)
    return {};
  for (const auto& [option, host] :
       {std::pair{"listen", x.node.data.host}, std::pair{"admin-listen", x.node.admin.host},
        std::pair{"caf-address", x.node.remote.host}})
    if (!is_loopback(host))
      return refuse_option(
        "--" + std::string{option} + ": " + host
          + " can be reached from elsewhere, and --dev needs no key; take a loopback "
            "address, or leave --dev out",
        option);
  return {};
}

expected<void> check_standby(const serve_options& x) {
  if (x.follow && !x.standby)
    return refuse_option("--follow: a node follows while it is a standby; give --standby, too",
                         "follow");
  if (!x.standby || x.store.starts_with("postgresql://") || x.store.starts_with("postgres://"))
    return {};
  return refuse_option(
    "--standby: only nodes with a database of PostgreSQL take each other's place; "
    "give --store postgresql://…",
    "standby");
}

expected<void> check_caf_port(const serve_options& x) {
  if (!x.node.remote.port)
    return {};
  auto fits = check(x.node.remote);
  return fits ? fits
              : refuse_option("--" + fits.error().field + ": " + fits.error().detail,
                              fits.error().field);
}

/// A basic string of TOML 1.0.
std::string quoted(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "\"";
  for (char c : text) {
    auto x = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (x < 0x20 || x == 0x7f) {
      out += "\\u00";
      out += hex[x >> 4U];
      out += hex[x & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

using quote = std::string (*)(std::string_view);

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, as_utf8(text));
  return out;
}

/// A value in a form common to TOML and JSON, except for strings.
std::string literal(const option_spec& spec, const std::string& value, quote string) {
  if (spec.unit.empty())
    return value;
  auto is_number = !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  if (is_number && spec.takes_number)
    return value;
  if (!spec.is_list)
    return string(value);
  std::string out = "[";
  for (size_t from = 0; from < value.size();) {
    auto end = std::min(value.find(',', from), value.size());
    out += (from > 0 ? ", " : "") + string(value.substr(from, end - from));
    from = end + 1;
  }
  return out + "]";
}

} // namespace

std::string environment_name(std::string_view option) {
  std::string out = "CARILLON_";
  for (char c : option)
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

const option_spec* find_option(std::string_view name) {
  const auto& all = option_table();
  auto i = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.name == name; });
  return i != all.end() ? &*i : nullptr;
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
  if (auto fits = check_standby(out); !fits)
    return fits.error();
  if (auto fits = check_caf_port(out); !fits)
    return fits.error();
  if (auto fits = check_tls(out.node); !fits)
    return fits.error();
  if (auto fits = check_sso(out.node); !fits)
    return fits.error();
  out.node.engine.storage.url = out.store.empty() ? "sqlite://" + out.data_dir : out.store;
  out.node.engine.storage.directory = out.data_dir;
  out.node.admin.handshake_deadline = out.node.data.handshake_deadline;
  out.node.admin.handshakes = out.node.data.handshakes;
  out.node.data.accept_unknown_types = out.node.engine.accept_unknown_types;
  out.node.admin.accept_unknown_types = out.node.engine.accept_unknown_types;
  out.node.admin.event_bytes = out.node.data.body_bytes;
  return out;
}

std::string to_toml(const serve_options& x) {
  std::string out;
  std::string group;
  for (const auto& spec : option_table()) {
    if (spec.group != group)
      out += (out.empty() ? "# " : "\n# ") + (group = spec.group) + "\n";
    out += spec.name + " = " + literal(spec, shown(spec, spec.get(x)), quoted) + "\n";
  }
  return out;
}

std::string to_template(const serve_options& x) {
  const serve_options standard;
  std::string out
    = "# Options of `carillon serve`, as TOML. Flags and the environment come first.\n"
      "# What is commented out has its default.\n";
  std::string group;
  for (const auto& spec : option_table()) {
    if (spec.group != group)
      out += "\n# == " + (group = spec.group) + " ==\n";
    const auto value = spec.get(x);
    out += "\n# " + spec.meaning + (spec.unit.empty() ? "" : " (" + spec.unit + ")") + ".\n";
    out += (value == spec.get(standard) ? "#" : "") + spec.name + " = "
           + literal(spec, shown(spec, value), quoted) + "\n";
  }
  return out;
}

std::string to_json(const serve_options& x) {
  std::string out;
  for (const auto& spec : option_table())
    out += (out.empty() ? "{" : ",") + json_string(spec.name) + ":"
           + literal(spec, shown(spec, spec.get(x)), json_string);
  return out + "}";
}

std::vector<shown_setting> settings_in_force(const serve_options& x) {
  const serve_options standard;
  std::vector<shown_setting> out;
  for (const auto& spec : option_table())
    out.push_back({.name = spec.name,
                   .group = spec.group,
                   .value = shown_to_readers(spec, spec.get(x)),
                   .standard = shown(spec, spec.get(standard)),
                   .meaning = spec.meaning});
  return out;
}

expected<void> check_files(const serve_options& x) {
  for (const auto& spec : option_table()) {
    // The log may be a pipe.
    if (spec.unit != "FILE" || spec.name == "log-file")
      continue;
    const auto path = spec.get(x);
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!path.empty() && std::filesystem::exists(status)
        && !std::filesystem::is_regular_file(status))
      return refuse_option("--" + spec.name + ": " + path + " is not a file", spec.name);
  }
  return {};
}

} // namespace carillon
