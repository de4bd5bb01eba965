#pragma once

#include "base/failure.hpp"
#include "node/commands/support/command_line.hpp"

#include <rapidjson/document.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace httplib {
class Client;
}

namespace carillon::commands {

/// The address of a node, and the caller's credentials.
struct connection_options {
  /// `http://HOST:PORT` or `https://…`, without a path.
  std::string url;
  /// API key; empty = none.
  std::string key;
  /// Authority of the node's certificate, a PEM file; empty = those that the system trusts.
  std::string authority;
  /// Certificate that is shown to the node, and its key, PEM files; empty = none.
  std::string certificate;
  std::string certificate_key;
  /// Deadline of one request.
  std::chrono::milliseconds timeout{30'000};
};

/// Adds `--key`, `--ca`, `--client-cert`, `--client-key`, `--timeout` and, under the name
/// `url_flag`, the address of a port.
void add_connection_flags(command_line& command, connection_options& out,
                          const std::string& url_flag, const std::string& standard);

/// Adds a flag for a duration like `10s`; `out` outlives the parsing.
void add_duration_flag(command_line& command, const std::string& name,
                       std::chrono::milliseconds& out, const std::string& meaning);

/// Adds the flags for the admin port.
void add_admin_flags(command_line& command, connection_options& out);

/// The answer of a port.
struct api_answer {
  int status = 0;
  std::string body;
  /// Pause before another try that the port demands; 0 if it demands none.
  std::chrono::seconds retry_after{0};

  bool is_success() const noexcept {
    return status >= 200 && status < 300;
  }
};

/// Query parameters; empty values are left out.
using query_parameters = std::multimap<std::string, std::string>;

/// Calls a port of a running node over one connection. One thread.
class api_client {
public:
  /// Errors: `invalid_argument` (URL, key, files).
  static expected<api_client> make(const connection_options& options);

  api_client(api_client&&) noexcept;
  api_client& operator=(api_client&&) noexcept;
  ~api_client();

  // Each returns the port's answer, also an error status. Errors: `timeout` without an answer; it
  // is then unknown whether the request was executed.
  expected<api_answer> get(const std::string& path, const query_parameters& query = {});
  expected<api_answer> post(const std::string& path, const std::string& json);
  expected<api_answer> put(const std::string& path, const std::string& json);
  expected<api_answer> patch(const std::string& path, const std::string& json);
  expected<api_answer> remove(const std::string& path);

  /// Any call, of which at most so many bytes of the body are read.
  /// @param target path and query, percent-encoded
  /// @param json empty = no body
  /// @param is_cut set to whether there was more
  expected<api_answer> call(const std::string& method, const std::string& target,
                            const std::string& json, size_t most_bytes, bool& is_cut);

  /// Ends the call that another thread waits for, if there is one. Thread-safe.
  void cancel() noexcept;

private:
  api_client(std::unique_ptr<httplib::Client> client, std::string url);

  std::unique_ptr<httplib::Client> client_;
  std::string url_;
};

/// The failure that a problem document describes.
failure problem_of(const api_answer& x);

/// Parses a failure from a problem document.
failure problem_of(const rapidjson::Value& x);

/// The answer's JSON. Errors: those of the call, and those of a problem document.
expected<rapidjson::Document> json_of(const expected<api_answer>& x);

/// A member as text, empty if there is none.
std::string text_member(const rapidjson::Value& object, const char* name);

/// A member as a number, 0 if there is none.
uint64_t number_member(const rapidjson::Value& object, const char* name);

/// A value as JSON text.
std::string to_text(const rapidjson::Value& x);

/// Prints a failure to standard error; returns the exit code.
int report(const failure& x);

} // namespace carillon::commands
