#include "tests/support/process.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace carillon::test {

namespace {

int left_until(std::chrono::steady_clock::time_point deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(0, left.count()));
}

} // namespace

process::process(const std::string& program, const std::vector<std::string>& arguments,
                 const std::string& log_file) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& x : arguments)
    argv.push_back(const_cast<char*>(x.c_str()));
  argv.push_back(nullptr);
  auto error = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  out_ = pipe_ends[0];
  if (error != 0)
    throw std::system_error(error, std::generic_category(), program);
}

process::~process() {
  if (!status_)
    kill();
  ::close(out_);
}

std::optional<std::string> process::read_line(std::chrono::milliseconds deadline) {
  auto end = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    if (auto eol = buffer_.find('\n'); eol != std::string::npos) {
      auto line = buffer_.substr(0, eol);
      buffer_.erase(0, eol + 1);
      return line;
    }
    pollfd waiting{out_, POLLIN, 0};
    if (::poll(&waiting, 1, left_until(end)) <= 0)
      return std::nullopt;
    std::array<char, 65536> chunk{};
    auto n = ::read(out_, chunk.data(), chunk.size());
    if (n <= 0)
      return std::nullopt;
    buffer_.append(chunk.data(), static_cast<size_t>(n));
  }
}

void process::signal(int number) const {
  if (!status_)
    ::kill(pid_, number);
}

void process::kill() {
  signal(SIGKILL);
  wait();
}

std::optional<int> process::wait(std::chrono::milliseconds deadline) {
  auto end = std::chrono::steady_clock::now() + deadline;
  while (!status_) {
    int raw = 0;
    auto got = ::waitpid(pid_, &raw, WNOHANG);
    if (got == pid_)
      status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    else if (std::chrono::steady_clock::now() >= end)
      return std::nullopt;
    else
      ::poll(nullptr, 0, 5);
  }
  return status_;
}

temporary_directory::temporary_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "carillon-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  path_ = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

} // namespace carillon::test
