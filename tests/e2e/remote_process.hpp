#pragma once

#include "tests/e2e/node_process.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

/// Variables of the environment for one process.
using variables = std::vector<std::pair<std::string, std::string>>;

/// Another CAF process, see remote_app.cpp.
class remote_process {
public:
  /// @param arguments mode and what belongs to it
  remote_process(const std::string& log_file, uint16_t port, const std::string& key,
                 const std::vector<std::string>& arguments, const variables& more = {});

  process& child() noexcept {
    return *child_;
  }

  /// The next line of its output; empty at its end.
  std::string line(std::chrono::milliseconds deadline = std::chrono::seconds{30});

  /// All lines until its end.
  std::vector<std::string> lines();

private:
  std::unique_ptr<process> child_;
};

/// Several lines of one run.
std::vector<std::string> run_remote(const std::string& log_file, uint16_t port,
                                    const std::string& key,
                                    const std::vector<std::string>& arguments,
                                    const variables& more = {});

/// True once the log of the node has the text.
bool logs(const node_process& node, const std::string& text,
          std::chrono::milliseconds deadline = std::chrono::seconds{30});

/// Publishes by HTTP: the node works.
bool serves(const node_process& node);

} // namespace carillon::test
