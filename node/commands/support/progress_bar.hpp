#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace carillon::commands {

/// Progress of a long operation, on standard error: one line that is updated on a terminal,
/// otherwise a line for every tenth.
class progress_bar {
public:
  progress_bar();
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar();

  /// @param what of which `done` of `total` are done; 0 = the total is unknown
  void show(const std::string& what, uint64_t done, uint64_t total);

private:
  void end_line();

  bool terminal_;
  std::string what_;
  uint64_t tenth_ = 0;
  std::chrono::steady_clock::time_point next_;
};

} // namespace carillon::commands
