#pragma once

#include "net/tls/tls_context.hpp"

#include <mutex>
#include <string>

namespace carillon {

/// The certificates of a port as its files had them when they were read last. A connection keeps
/// those with which it began. Thread-safe.
class tls_certificates {
public:
  /// Without a certificate there is no TLS.
  tls_certificates(tls_files files, const tls_purpose& purpose);

  /// Reads the files, without TLS nothing. Blocks. Errors: those of `tls_context::open`, and then
  /// those from before stay.
  expected<void> reload();

  /// `reload` if a file is another one than at the last call of either, in time, size or place: a
  /// renewal that failed is reported once. True if they were read.
  expected<bool> reload_if_changed();

  /// For a new connection; null = without TLS.
  tls_context_ptr current() const;

private:
  /// What tells a file from the one that was there before.
  std::string state_of_files() const;

  const tls_files files_;
  const tls_purpose purpose_;
  /// Serves one reader of the files at a time.
  std::mutex reading_;
  std::string seen_;
  mutable std::mutex mutex_;
  tls_context_ptr current_;
};

} // namespace carillon
