#include "node/commands/support/output.hpp"

#include "node/commands/commands.hpp"

#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <system_error>

namespace carillon::commands {

namespace {

std::string reason_of(int error) {
  if (error == EBADF)
    return "it is closed";
  return error == 0 ? "the reason is not known" : std::generic_category().message(error);
}

} // namespace

expected<void> flush_output() {
  // Kept, since the system no longer has the reason when the failure is checked again.
  static int error = 0;
  errno = 0;
  std::cout.flush();
  if (errno != 0)
    error = errno;
  if (std::cout) {
    error = 0;
    return {};
  }
  // A part of a longer text failed before this: one more byte fails for the same reason.
  if (error == 0 && ::write(STDOUT_FILENO, "\n", 1) < 0)
    error = errno;
  return failure{ec::internal, "cannot write to standard output: " + reason_of(error), {}};
}

bool can_print() noexcept {
  return std::cout.good();
}

int show_once(const std::string& loss) {
  if (flush_output())
    return success;
  std::cerr << "carillon: " << loss << '\n';
  return fault;
}

void add_json_flag(command_line& command, bool& out, const std::string& meaning) {
  command.add_flag("--json", out, meaning);
}

void add_quiet_flag(command_line& command, bool& out, const std::string& value) {
  command.add_flag("--quiet,-q", out, "Print nothing but " + value)->excludes("--json");
}

// -- json_line ----------------------------------------------------------------

json_line::json_line() {
  writer_.StartObject();
}

json_line& json_line::add(const char* name, std::string_view text) {
  writer_.Key(name);
  writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return *this;
}

json_line& json_line::add(const char* name, uint64_t number) {
  writer_.Key(name);
  writer_.Uint64(number);
  return *this;
}

json_line& json_line::add(const char* name, bool flag) {
  writer_.Key(name);
  writer_.Bool(flag);
  return *this;
}

json_line& json_line::add_json(const char* name, std::string_view json) {
  writer_.Key(name);
  writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

std::string json_line::text() {
  writer_.EndObject();
  return {buffer_.GetString(), buffer_.GetSize()};
}

void print_outcome(const output_flags& flags, const outcome_text& x) {
  if (flags.json)
    std::cout << x.json << '\n';
  else if (flags.quiet)
    std::cout << x.value << '\n';
  else
    std::cout << x.text;
}

} // namespace carillon::commands
