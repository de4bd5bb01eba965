#include "node/process/logging.hpp"

#include "base/json/appender.hpp"
#include "base/text/printable.hpp"
#include "base/text/utf8.hpp"
#include "base/time.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <unistd.h>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info", "warn", "error", "off"};

std::string_view level_name(spdlog::level::level_enum x) noexcept {
  switch (x) {
  case spdlog::level::trace:
    return "trace";
  case spdlog::level::debug:
    return "debug";
  case spdlog::level::info:
    return "info";
  case spdlog::level::warn:
    return "warn";
  default:
    return "error";
  }
}

} // namespace

// -- log_formatter ------------------------------------------------------------

void log_formatter::format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) {
  auto time = std::chrono::time_point_cast<timestamp::duration>(msg.time);
  std::string_view message{msg.payload.data(), msg.payload.size()};
  std::string line;
  line.reserve(64 + message.size());
  if (format_ == log_format::json) {
    json_appender{line}
      .begin_object()
      .member("time", time)
      .member("level", level_name(msg.level))
      .member("message", as_utf8(message))
      .end_object();
    line += '\n';
  } else {
    append_rfc3339(line, time);
    line += ' ';
    line += level_name(msg.level);
    line += ' ';
    line += printable(message);
    line += '\n';
  }
  out.append(line.data(), line.data() + line.size());
}

std::unique_ptr<spdlog::formatter> log_formatter::clone() const {
  return std::make_unique<log_formatter>(format_);
}

// -- log_sink -----------------------------------------------------------------

expected<void> log_sink::reopen() {
  if (file_.empty())
    return {};
  // A pipe without a reader is rejected, and a pipe with a slow reader loses lines: the node waits
  // for neither.
  descriptor out{
    ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640)};
  if (!out.is_open())
    return failure{ec::invalid_argument, "cannot open the log file " + file_, "log-file"};
  std::lock_guard guard{mutex_};
  std::swap(out, out_);
  return {};
}

void log_sink::sink_it_(const spdlog::details::log_msg& msg) {
  spdlog::memory_buf_t line;
  formatter_->format(msg, line);
  // A log that can't be written must not stop the node.
  static_cast<void>(
    write_all(out_.is_open() ? out_.get() : STDERR_FILENO, {line.data(), line.size()}));
}

expected<std::shared_ptr<log_sink>> start_logging(const log_options& options) {
  auto level = std::find(levels.begin(), levels.end(), options.level);
  if (level == levels.end())
    return failure{ec::invalid_argument,
                   "'" + options.level + "' is none of trace, debug, info, warn, error, off",
                   "log-level"};
  auto sink = std::make_shared<log_sink>(options.file);
  sink->set_formatter(std::make_unique<log_formatter>(options.format));
  if (auto opened = sink->reopen(); !opened)
    return opened.error();
  auto logger = std::make_shared<spdlog::logger>("carillon", sink);
  logger->set_level(options.level == "off" ? spdlog::level::off
                                           : spdlog::level::from_str(options.level));
  spdlog::set_default_logger(std::move(logger));
  return sink;
}

} // namespace carillon
