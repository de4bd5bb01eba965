#include "node/commands/support/progress_bar.hpp"

#include <iostream>
#include <unistd.h>

namespace carillon::commands {

namespace {

constexpr uint64_t bar_width = 30;
constexpr std::chrono::milliseconds least_pause{100};

} // namespace

progress_bar::progress_bar() : terminal_(::isatty(STDERR_FILENO) == 1) {
}

progress_bar::~progress_bar() {
  end_line();
}

void progress_bar::end_line() {
  if (terminal_ && !what_.empty())
    std::cerr << '\n';
}

void progress_bar::show(const std::string& what, uint64_t done, uint64_t total) {
  const auto part = [&](uint64_t whole) { return total == 0 ? whole : done * whole / total; };
  const bool is_new = what != what_;
  if (is_new) {
    end_line();
    what_ = what;
    tenth_ = part(10);
  }
  auto text = what;
  if (total > 0)
    text += ' ' + std::to_string(done) + " of " + std::to_string(total);
  if (!terminal_) {
    if (is_new || part(10) > tenth_)
      std::cerr << text << '\n';
    tenth_ = part(10);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!is_new && done < total && now < next_)
    return;
  next_ = now + least_pause;
  std::cerr << "\r[" << std::string(part(bar_width), '#')
            << std::string(bar_width - part(bar_width), ' ') << "] " << text << std::flush;
}

} // namespace carillon::commands
