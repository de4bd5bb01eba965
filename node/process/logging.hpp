#pragma once

#include "base/failure.hpp"
#include "base/file/descriptor.hpp"

#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>
#include <string>

namespace carillon {

enum class log_format : uint8_t { text, json };

/// Destination and format of the process's log.
struct log_options {
  log_format format = log_format::text;
  /// `trace`, `debug`, `info`, `warn`, `error` or `off`.
  std::string level = "info";
  /// Appended to; empty = standard error.
  std::string file;
};

/// One line per record, regardless of the message: text as `TIME LEVEL MESSAGE` with control
/// characters escaped, or JSON as `{"time","level","message"}`.
class log_formatter : public spdlog::formatter {
public:
  explicit log_formatter(log_format format) : format_(format) {
  }

  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override;
  std::unique_ptr<spdlog::formatter> clone() const override;

private:
  log_format format_;
};

/// Writes each record with one `write`, so that lines of several processes do not mix.
/// Thread-safe.
class log_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  /// @param file appended to; empty = standard error
  explicit log_sink(std::string file) : file_(std::move(file)) {
  }

  /// Opens the file, again if it is open: a renamed file stays as it is. Errors:
  /// `invalid_argument`; the open file stays in use then.
  expected<void> reopen();

protected:
  void sink_it_(const spdlog::details::log_msg& msg) override;
  void flush_() override {
  }

private:
  std::string file_;
  descriptor out_;
};

/// Makes spdlog's default logger use a `log_sink`, and returns the sink. Errors: `invalid_argument`
/// (level, file).
expected<std::shared_ptr<log_sink>> start_logging(const log_options& options);

} // namespace carillon
