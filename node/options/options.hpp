#pragma once

#include "node/node.hpp"
#include "node/process/logging.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// All settings of `carillon serve`.
struct serve_options {
  node_options node;
  log_options log;
  std::string data_dir = "data";
  /// Empty = SQLite in `data_dir`.
  std::string store;
  /// Waits while another node has the store.
  bool standby = false;
  /// Publishes and reads while it waits.
  bool follow = false;
  /// From the signal to stop to the end of the process.
  std::chrono::milliseconds shutdown_deadline{10'000};
};

/// One option: the same for flags, environment, file, help and `check-config`.
struct option_spec {
  /// As a flag without `--` and as a key in a file, e.g. `data-dir`. In the environment `CARILLON_`
  /// and the name in capitals with `_`.
  std::string name;
  /// Heading in the help.
  std::string group;
  /// Unit or form of the value, e.g. `BYTES`; empty = a switch.
  std::string unit;
  std::string meaning;
  /// The value in the form that `set` accepts.
  std::function<std::string(const serve_options&)> get;
  /// Errors: `invalid_argument`.
  std::function<expected<void>(serve_options&, std::string_view)> set;
  /// A comma separated list in flags, an array in files.
  bool is_list = false;
  /// Never printed.
  bool is_secret = false;
  /// Files may have the number without quotes.
  bool takes_number = false;
};

/// Every option of `carillon serve`, in the order of the help.
const std::vector<option_spec>& option_table();

/// The option of this name; null if there is none.
const option_spec* find_option(std::string_view name);

/// `CARILLON_DATA_DIR` for `data-dir`.
std::string environment_name(std::string_view option);

/// Values by option name.
using option_values = std::map<std::string, std::string, std::less<>>;

/// Looks a variable of the environment up; null if it is not set.
using environment = std::function<const char*(const std::string&)>;

/// Reads a file of `name = value` lines, which is TOML 1.0: switches are booleans, lists are arrays
/// of strings, numbers may be without quotes, everything else is a string. Errors:
/// `invalid_argument` with file, line and column for invalid TOML, an unknown name, a table, or a
/// value of another type; without them for an unreadable file.
expected<option_values> read_option_file(const std::string& path);

/// Merges the given values: flags before environment before file before defaults. Errors:
/// `invalid_argument`, with the source of the value, for an unknown name, a value out of its range,
/// and options that contradict each other.
expected<serve_options> resolve_options(const option_values& flags, const environment& env,
                                        const option_values& file);

/// The options as a TOML file that yields the same options, except for secrets: these, and those in
/// a URL, are `***`, which is rejected as a value.
std::string to_toml(const serve_options& x);

/// The same for people who edit it: each option with its meaning; those with their default are
/// commented out.
std::string to_template(const serve_options& x);

/// As `to_toml`, as a JSON object on one line.
std::string to_json(const serve_options& x);

/// The same for the admin port: each option with its default and its meaning.
std::vector<shown_setting> settings_in_force(const serve_options& x);

/// Rejects configured input files that are not regular files, such as a pipe or a device, on which
/// a library might wait for ever. Errors: `invalid_argument`, with option and path.
expected<void> check_files(const serve_options& x);

} // namespace carillon
