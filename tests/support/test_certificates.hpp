#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace carillon::test {

/// A certificate for a server, with its key.
class certificate {
public:
  struct subject {
    std::string host = "hooks.test";
    /// Seconds from now.
    long begins = -3'600;
    long ends = 3'600;
    bool authority = false;
  };

  /// Signed by its own key, or by the issuer's.
  explicit certificate(const subject& x, const certificate* issuer = nullptr);
  ~certificate();

  certificate(const certificate&) = delete;
  certificate& operator=(const certificate&) = delete;

  X509* x509() const noexcept {
    return x509_;
  }

  EVP_PKEY* key() const noexcept {
    return key_;
  }

  /// Writes the certificate into a file that is removed with this object; returns its path.
  const std::string& pem_file();

private:
  EVP_PKEY* key_;
  X509* x509_;
  std::string file_;
};

/// Files as `--caf-certificate`, `--caf-key`, `--caf-ca` and remote_app.cpp want them: own.pem,
/// own.key and ca.pem in the directory, which is made; those that are there are replaced.
void write_tls_files(const std::string& directory, const certificate& own,
                     const certificate& authority);

} // namespace carillon::test
