#pragma once

#include "net/remote/tls.hpp"

#include <mutex>
#include <string>

namespace carillon::remote {

/// The certificates of the port as its files had them when they were read last. A connection keeps
/// those with which it began. Thread-safe.
class certificates {
public:
  /// PEM files, see `caf_port_options`; without a certificate there is no TLS.
  certificates(std::string certificate, std::string key, std::string authority);

  /// Reads the files, without TLS nothing. Blocks. Errors: `invalid_argument` with the option, and
  /// then those from before stay.
  expected<void> reload();

  /// For a new connection; null = without TLS.
  tls_context_ptr current() const;

private:
  const std::string certificate_;
  const std::string key_;
  const std::string authority_;
  mutable std::mutex mutex_;
  tls_context_ptr current_;
};

} // namespace carillon::remote
