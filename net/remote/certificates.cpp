#include "net/remote/certificates.hpp"

#include <utility>

namespace carillon::remote {

certificates::certificates(std::string certificate, std::string key, std::string authority)
  : certificate_(std::move(certificate)), key_(std::move(key)), authority_(std::move(authority)) {
}

expected<void> certificates::reload() {
  if (certificate_.empty())
    return {};
  auto opened = tls_context::open(certificate_, key_, authority_);
  if (!opened)
    return opened.error();
  std::lock_guard guard{mutex_};
  // The former one is freed after the lock.
  std::swap(current_, *opened);
  return {};
}

tls_context_ptr certificates::current() const {
  std::lock_guard guard{mutex_};
  return current_;
}

} // namespace carillon::remote
