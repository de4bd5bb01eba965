#include "node/input_file.hpp"

#include "base/file/descriptor.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon {

namespace {

using clock = std::chrono::steady_clock;

/// Time between two checks of a pipe that has no writer yet.
constexpr int look_ms = 50;

failure refuse(const std::string& path, const std::string& why) {
  return {ec::invalid_argument, "cannot read " + path + ": " + why, {}};
}

failure refuse(const std::string& path, int error) {
  return refuse(path, std::generic_category().message(error));
}

} // namespace

expected<std::string> read_input_file(const std::string& path, size_t limit,
                                      std::chrono::milliseconds patience) {
  // Opened without O_NONBLOCK, a pipe waits for a writer.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat info {};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0)
    return refuse(path, errno);
  const bool is_pipe = S_ISFIFO(info.st_mode);
  if (!S_ISREG(info.st_mode) && !is_pipe)
    return refuse(path, "it is neither a file nor a pipe");
  std::string out;
  std::array<char, 65536> chunk{};
  for (auto end = clock::now() + patience;;) {
    auto n = ::read(file.get(), chunk.data(), chunk.size());
    if (n > 0) {
      out.append(chunk.data(), static_cast<size_t>(n));
      if (out.size() > limit)
        return refuse(path, "it has more than " + std::to_string(limit) + " bytes");
      end = clock::now() + patience;
      continue;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return refuse(path, errno);
    // The end; but a pipe is also empty before it has a writer.
    if (n == 0 && (!is_pipe || !out.empty()))
      break;
    if (clock::now() >= end)
      return refuse(path, "nobody writes into this pipe");
    pollfd input{file.get(), POLLIN, 0};
    static_cast<void>(::poll(&input, 1, look_ms));
    // The writer is gone; bytes written since the check are still to be read.
    if (n == 0 && (input.revents & POLLHUP) != 0 && (input.revents & POLLIN) == 0)
      break;
  }
  if (out.starts_with(byte_order_mark))
    out.erase(0, byte_order_mark.size());
  return out;
}

} // namespace carillon
