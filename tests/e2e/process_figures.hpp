#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace carillon::test {

/// Resident memory of a process, in KiB.
inline size_t resident_kib(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/status"};
  std::string word;
  size_t out = 0;
  while (in >> word)
    if (word == "VmRSS:") {
      in >> out;
      break;
    }
  return out;
}

/// Its open sockets, listeners included.
inline size_t open_sockets(pid_t pid) {
  size_t out = 0;
  for (const auto& x :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"}) {
    std::error_code gone;
    if (std::filesystem::read_symlink(x.path(), gone).string().starts_with("socket:"))
      ++out;
  }
  return out;
}

} // namespace carillon::test
