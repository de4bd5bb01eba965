#include "node/commands/support/serve_flags.hpp"

#include <cstdlib>

namespace carillon::commands {

namespace {

void add_flag(command_line& command, const option_spec& spec, const std::string& standard,
              const std::shared_ptr<serve_flags>& out) {
  auto meaning = spec.meaning + " [" + environment_name(spec.name) + "]";
  auto keep = [out, name = spec.name](const std::string& value) { out->given[name] = value; };
  auto flag = "--" + spec.name;
  command_option* option = nullptr;
  if (spec.unit.empty())
    option = command.add_flag_function(
      flag, [keep](int64_t n) { keep(n > 0 ? "true" : "false"); }, meaning);
  else
    option = command.add_option_function<std::string>(flag, keep, meaning)
               ->type_name(spec.unit)
               ->default_str(standard.empty() ? "none" : standard)
               ->take_last();
  option->group(spec.group);
}

} // namespace

std::shared_ptr<serve_flags> add_serve_flags(command_line& command) {
  auto out = std::make_shared<serve_flags>();
  command
    .add_option(
      "--config", out->config,
      "TOML file of these options, the names without dashes: listen = \"127.0.0.1:7070\"; "
      "flags and environment come first [CARILLON_CONFIG]")
    ->type_name("FILE");
  const serve_options standard;
  for (const auto& spec : option_table())
    add_flag(command, spec, spec.get(standard), out);
  command.footer("Bytes: 65536, 64KiB, 8MiB. Time: 500ms, 10s, 2m, 1h. Types: order.*,user.login");
  return out;
}

expected<serve_options> resolve(const serve_flags& flags) {
  auto env = [](const std::string& name) -> const char* { return std::getenv(name.c_str()); };
  auto path = flags.config;
  if (const char* given = env("CARILLON_CONFIG"); path.empty() && given != nullptr)
    path = given;
  option_values file;
  if (!path.empty()) {
    auto read = read_option_file(path);
    if (!read)
      return read.error();
    file = std::move(*read);
  }
  return resolve_options(flags.given, env, file);
}

} // namespace carillon::commands
