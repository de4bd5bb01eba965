#pragma once

#include "base/failure.hpp"
#include "node/commands/support/command_line.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::commands {

// Whoever reads standard output may be gone, and its file may be full. What a command prints is
// buffered, so that this shows only when it is written out: each command ends with
// `flush_output`, and what prints without end asks `can_print` in between.

/// Writes out what standard output holds back. Errors: `internal`, with the system's reason, also
/// for what could not be written earlier.
expected<void> flush_output();

/// False once something could not be written.
bool can_print() noexcept;

/// Writes out what was printed of something that is shown once, such as a key. If that fails,
/// says so on standard error.
/// @param loss what is lost and what to do, as a sentence without full stop
/// @returns the exit code
int show_once(const std::string& loss);

/// In which form a command prints what it has to say; neither = as text for people. Every command
/// takes `--json`, but for `serve`, and the ones that have a value to say take `--quiet`.
struct output_flags {
  bool json = false;
  bool quiet = false;
};

/// Adds `--json`.
void add_json_flag(command_line& command, bool& out,
                   const std::string& meaning = "Print the answer as it is");

/// Adds `--quiet`; needs `--json` to be there.
/// @param value what is printed alone, e.g. "the key"
void add_quiet_flag(command_line& command, bool& out, const std::string& value);

/// An object of JSON on one line, member by member.
class json_line {
public:
  json_line();
  json_line& add(const char* name, std::string_view text);
  /// Else the compiler would take a literal for a `bool`.
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

/// The forms of one outcome.
struct outcome_text {
  /// Without a line break.
  std::string json;
  /// What `--quiet` prints, without a line break.
  std::string value;
  /// To the end of its last line.
  std::string text;
};

/// Prints the form that is asked for.
void print_outcome(const output_flags& flags, const outcome_text& x);

} // namespace carillon::commands
