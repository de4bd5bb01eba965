#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace carillon::test {

/// A child process with its standard output on a pipe. Killed and reaped by the destructor; only
/// ever signalled by its own pid.
class process {
public:
  /// Starts a program; standard error goes to `log_file`, appended.
  process(const std::string& program, const std::vector<std::string>& arguments,
          const std::string& log_file);
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process();

  /// The next line of standard output; empty at its end or past the deadline.
  std::optional<std::string> read_line(std::chrono::milliseconds deadline
                                       = std::chrono::seconds{30});

  void signal(int number) const;

  /// SIGKILL, and waits for its end.
  void kill();

  /// Exit code, or 128 + signal; empty if it still runs at the deadline.
  std::optional<int> wait(std::chrono::milliseconds deadline = std::chrono::seconds{30});

  pid_t pid() const noexcept {
    return pid_;
  }

private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::optional<int> status_;
};

/// A directory under the system's temporary one, removed with its contents.
class temporary_directory {
public:
  temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

} // namespace carillon::test
