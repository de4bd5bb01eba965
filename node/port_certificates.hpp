#pragma once

#include "net/tls/tls_certificates.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// The certificates of the data port and of the admin port. Thread-safe.
class port_certificates {
public:
  /// What a look at the files has led to, as lines for the operator.
  struct changes {
    std::vector<std::string> read;
    /// What cannot be used; the certificates from before stay.
    std::vector<std::string> faults;
  };

  /// Reads the files; blocks.
  /// @param both of both ports, or of the data port alone
  /// @param admin of the admin port; what it has comes before `both`, see `of_admin`
  /// Errors: `invalid_argument` with the option.
  static expected<port_certificates> open(const tls_files& both, const tls_files& admin);

  /// Null = the port has no TLS.
  std::shared_ptr<const tls_certificates> data() const noexcept {
    return data_;
  }
  std::shared_ptr<const tls_certificates> admin() const noexcept {
    return admin_;
  }

  /// The certificates that end before `then`, as lines for the operator.
  std::vector<std::string> ending(timestamp then) const;

  /// Reads the files again, for new connections. Blocks.
  changes reload();

  /// The same for files that have changed.
  changes reload_if_changed();

private:
  /// Calls `visit(certificates, whose)` once for each that there is.
  template <class Visit>
  void each(Visit visit) const;
  template <class Read>
  changes look(Read read);

  std::shared_ptr<tls_certificates> data_;
  std::shared_ptr<tls_certificates> admin_;
};

/// The files of the admin port: its own certificate, and then no authority but its own; else the
/// certificate of both ports with its own authority, or theirs.
tls_files of_admin(const tls_files& both, const tls_files& admin);

/// Rejects parts of a certificate. Errors: `invalid_argument` with the option.
expected<void> check(const tls_files& both, const tls_files& admin);

} // namespace carillon
