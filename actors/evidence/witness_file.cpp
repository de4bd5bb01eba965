#include "actors/evidence/witness_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace carillon {

namespace {

failure not_written(const std::string& file) {
  return {ec::store_unavailable,
          "the checkpoint cannot be appended to " + file + ": "
            + std::generic_category().message(errno),
          {}};
}

} // namespace

expected<void> append_to_witness(const std::string& file, std::string_view note) {
  // Without O_NONBLOCK a pipe that nobody reads would keep the sealer, and the stop, waiting.
  const int to = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (to < 0)
    return not_written(file);
  const auto text = std::string{note} + '\n';
  // One write, so that two nodes do not mix their lines.
  errno = 0;
  const auto written = ::write(to, text.data(), text.size());
  expected<void> out;
  if (written != static_cast<ssize_t>(text.size())) {
    // A full disk took a part of it.
    if (written >= 0)
      errno = ENOSPC;
    out = not_written(file);
  }
  if (::close(to) != 0 && out)
    out = not_written(file);
  return out;
}

} // namespace carillon
