#include "actors/evidence/witness_file.hpp"

#include "base/file/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace carillon {

namespace {

/// How long the end of a witness waits for its thread.
constexpr std::chrono::milliseconds thread_grace{200};

failure not_written(int error) {
  return {ec::store_unavailable,
          "the checkpoint cannot be appended: " + std::generic_category().message(error),
          {}};
}

/// Whether a note that was cut, or something else, ends the file without an empty line. A pipe has
/// no end that could be read.
bool ends_within_note(int file) {
  struct stat info {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
    return false;
  std::array<char, 2> end{};
  const auto from = std::max<off_t>(info.st_size - 2, 0);
  const auto n = ::pread(file, end.data(), end.size(), from);
  return n == 2 ? end != std::array{'\n', '\n'} : n == 1;
}

} // namespace

expected<void> append_to_witness(const std::string& file, std::string_view note) {
  // Without O_NONBLOCK a pipe that nobody reads would keep the thread.
  constexpr int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
  descriptor to{::open(file.c_str(), O_RDWR | flags, 0600)};
  // A file that may only be added to cannot be read.
  if (!to.is_open() && errno == EACCES)
    to = descriptor{::open(file.c_str(), O_WRONLY | flags, 0600)};
  if (!to.is_open())
    return not_written(errno);
  auto text = std::string{note} + '\n';
  if (ends_within_note(to.get()))
    text.insert(0, "\n\n");
  // One write, so that two nodes do not mix their lines.
  errno = 0;
  const auto written = ::write(to.get(), text.data(), text.size());
  if (written < 0)
    return not_written(errno);
  // A full disk took a part of it.
  if (written != static_cast<ssize_t>(text.size()))
    return not_written(ENOSPC);
  return {};
}

/// What the witness and its thread share.
class witness_file::desk {
public:
  void give(std::string note, callback done) {
    {
      const std::lock_guard guard{mutex_};
      next_.emplace(std::move(note), std::move(done));
    }
    changed_.notify_all();
  }

  /// The thread's work, until `close`.
  void run(const std::string& path) {
    std::unique_lock guard{mutex_};
    for (;;) {
      changed_.wait(guard, [this] { return closed_ || next_.has_value(); });
      if (closed_)
        break;
      const auto [note, done] = std::move(*next_);
      next_.reset();
      guard.unlock();
      const auto written = append_to_witness(path, note);
      guard.lock();
      // Under the lock: after `close` nobody is called.
      if (!closed_)
        done(written ? std::string{} : written.error().detail);
    }
    ended_ = true;
    changed_.notify_all();
  }

  void close() {
    std::unique_lock guard{mutex_};
    closed_ = true;
    changed_.notify_all();
    changed_.wait_for(guard, thread_grace, [this] { return ended_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::pair<std::string, callback>> next_;
  bool closed_ = false;
  bool ended_ = false;
};

expected<std::shared_ptr<witness>> witness_file::make(std::string path) {
  auto made = std::make_shared<desk>();
  try {
    std::thread{[made, path] { made->run(path); }}.detach();
  } catch (const std::system_error&) {
    return failure{ec::internal, "the system has no thread for a witness", {}};
  }
  return std::shared_ptr<witness>{new witness_file{std::move(path), std::move(made)}};
}

witness_file::witness_file(std::string path, std::shared_ptr<desk> x)
  : path_(std::move(path)), desk_(std::move(x)) {
}

witness_file::~witness_file() {
  desk_->close();
}

const std::string& witness_file::shown() const {
  static const std::string text = "file";
  return text;
}

const std::string& witness_file::named() const {
  return path_;
}

void witness_file::give(const std::string& note, callback done) {
  desk_->give(note, std::move(done));
}

} // namespace carillon
