#include "net/tls/tls_certificates.hpp"

#include <sys/stat.h>

#include <utility>

namespace carillon {

tls_certificates::tls_certificates(tls_files files, const tls_purpose& purpose)
  : files_(std::move(files)), purpose_(purpose) {
}

expected<void> tls_certificates::reload() {
  if (files_.certificate.empty())
    return {};
  std::lock_guard guard{reading_};
  // Before they are read: a change meanwhile is seen by the next look.
  seen_ = state_of_files();
  auto opened = tls_context::open(files_, purpose_);
  if (!opened)
    return opened.error();
  std::lock_guard change{mutex_};
  // The former one is freed after the lock.
  std::swap(current_, *opened);
  return {};
}

expected<bool> tls_certificates::reload_if_changed() {
  if (files_.certificate.empty())
    return false;
  {
    std::lock_guard guard{reading_};
    if (state_of_files() == seen_)
      return false;
  }
  if (auto read = reload(); !read)
    return read.error();
  return true;
}

tls_context_ptr tls_certificates::current() const {
  std::lock_guard guard{mutex_};
  return current_;
}

std::string tls_certificates::state_of_files() const {
  std::string out;
  for (const auto* path : {&files_.certificate, &files_.key, &files_.authority}) {
    struct stat at {};
    if (!path->empty() && ::stat(path->c_str(), &at) == 0)
      out += std::to_string(at.st_dev) + '.' + std::to_string(at.st_ino) + '.'
             + std::to_string(at.st_size) + '.' + std::to_string(at.st_mtim.tv_sec) + '.'
             + std::to_string(at.st_mtim.tv_nsec);
    out += ' ';
  }
  return out;
}

} // namespace carillon
