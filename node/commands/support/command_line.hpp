#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <string>

namespace CLI {

class App;
class Option;

} // namespace CLI

namespace carillon::commands {

/// Checks the text of an argument: empty = valid, otherwise the error.
using text_check = std::function<std::string(const std::string&)>;

/// An option, a flag or a positional argument. CLI11 is compiled in one place, command_line.cpp:
/// its header costs every source that includes it several seconds. The members are those of
/// CLI::Option.
class command_option {
public:
  explicit command_option(CLI::Option* of) : of_(of) {
  }

  command_option* type_name(const std::string& name);
  command_option* required();
  command_option* excludes(const std::string& other);
  command_option* excludes(command_option* other);
  command_option* needs(command_option* other);
  /// @param description text in --help
  command_option* check(const text_check& is_valid, const std::string& description);
  command_option* one_of(std::initializer_list<const char*> texts);
  command_option* between(int least, int most);
  command_option* between(uint64_t least, uint64_t most);
  command_option* positive();
  command_option* capture_default_str();
  command_option* default_str(const std::string& text);
  command_option* allow_extra_args(bool value);
  command_option* take_last();
  command_option* delimiter(char x);
  command_option* envname(const std::string& name);
  command_option* group(const std::string& name);

private:
  CLI::Option* of_;
};

/// A command with its options, and the commands below it. The members are those of CLI::App.
/// Returned pointers live as long as the command.
class command_line {
public:
  explicit command_line(CLI::App& of) : of_(&of) {
  }

  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  command_line* add_subcommand(const std::string& name, const std::string& meaning);

  /// For the types instantiated in command_line.cpp.
  template <class T>
  command_option* add_option(const std::string& name, T& out, const std::string& meaning);

  /// Passes each value on.
  template <class T>
  command_option* add_option_function(const std::string& name,
                                      const std::function<void(const T&)>& take,
                                      const std::string& meaning);
  command_option* add_flag(const std::string& name, bool& out, const std::string& meaning);
  command_option* add_flag_callback(const std::string& name, const std::function<void()>& then,
                                    const std::string& meaning);
  command_option* add_flag_function(const std::string& name,
                                    const std::function<void(int64_t)>& then,
                                    const std::string& meaning);
  void callback(const std::function<void()>& then);
  void require_subcommand(int count);
  void footer(const std::string& text);
  void set_version_flag(const std::string& name, const std::string& version);

private:
  command_option* keep(CLI::Option* x);

  CLI::App* of_;
  std::deque<command_line> below_;
  std::deque<command_option> options_;
};

/// For a callback: a required part of the command line is missing. Throws CLI11's error.
[[noreturn]] void refuse_without(const std::string& what);

} // namespace carillon::commands
