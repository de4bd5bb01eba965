#pragma once

#include "base/failure.hpp"
#include "node/commands/support/command_line.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::commands {

// The reader of standard output may be gone, and its file may be full. Output is buffered, so a
// failure shows only when it is written: each command ends with `flush_output`, and commands that
// print without end call `can_print` in between.

/// Writes the buffered standard output. Errors: `internal`, with the system's reason, also for
/// earlier failed writes.
expected<void> flush_output();

/// False once a write has failed.
bool can_print() noexcept;

/// Writes the printed output of a value that is shown once, such as a key. If that fails, reports
/// it on standard error.
/// @param loss what is lost and what to do, as a sentence without full stop
/// @returns the exit code
int show_once(const std::string& loss);

/// Output format of a command; neither = as text for people. Every command has `--json`, except
/// `serve`; commands that print a value have `--quiet`.
struct output_flags {
  bool json = false;
  bool quiet = false;
};

/// Adds `--json`.
void add_json_flag(command_line& command, bool& out,
                   const std::string& meaning = "Print the answer as it is");

/// Adds `--quiet`; `--json` must exist.
/// @param value the only printed value, e.g. "the key"
void add_quiet_flag(command_line& command, bool& out, const std::string& value);

/// An object of JSON on one line, member by member.
class json_line {
public:
  json_line();
  json_line& add(const char* name, std::string_view text);
  /// Without it, the compiler would convert a literal to `bool`.
  json_line& add(const char* name, const char* text) {
    return add(name, std::string_view{text});
  }
  json_line& add(const char* name, uint64_t number);
  json_line& add(const char* name, bool flag);
  /// @param json a value
  json_line& add_json(const char* name, std::string_view json);
  /// Once, at the end.
  std::string text();

private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

/// One result in each format.
struct outcome_text {
  /// Without a line break.
  std::string json;
  /// What `--quiet` prints, without a line break.
  std::string value;
  /// To the end of its last line.
  std::string text;
};

/// Prints the selected format.
void print_outcome(const output_flags& flags, const outcome_text& x);

} // namespace carillon::commands
