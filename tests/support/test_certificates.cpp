#include "tests/support/test_certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace carillon::test {

namespace {

void extend(X509* x, const X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, const_cast<X509*>(issuer), x, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr)
    throw std::runtime_error("cannot make the extension " + value);
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
}

template <class Function>
void write(const std::string& path, Function function) {
  auto* out = std::fopen(path.c_str(), "w");
  const auto written = out != nullptr && function(out);
  if (out != nullptr)
    std::fclose(out);
  if (!written)
    throw std::runtime_error("cannot write " + path);
}

std::atomic<long> serial{1};

} // namespace

certificate::certificate(const subject& x, const certificate* issuer)
  : key_(EVP_EC_gen("P-256")), x509_(X509_new()) {
  X509_set_version(x509_, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509_), serial.fetch_add(1));
  X509_gmtime_adj(X509_getm_notBefore(x509_), x.begins);
  X509_gmtime_adj(X509_getm_notAfter(x509_), x.ends);
  X509_set_pubkey(x509_, key_);
  auto* name = X509_get_subject_name(x509_);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(x.host.c_str()), -1, -1, 0);
  const auto* signer = issuer != nullptr ? issuer : this;
  X509_set_issuer_name(x509_, X509_get_subject_name(signer->x509_));
  extend(x509_, signer->x509_, NID_basic_constraints,
         x.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!x.authority)
    extend(x509_, signer->x509_, NID_subject_alt_name, "DNS:" + x.host);
  if (X509_sign(x509_, signer->key_, EVP_sha256()) == 0)
    throw std::runtime_error("cannot sign a certificate");
}

certificate::~certificate() {
  if (!file_.empty())
    std::filesystem::remove(file_);
  X509_free(x509_);
  EVP_PKEY_free(key_);
}

void write_tls_files(const std::string& directory, const certificate& own,
                     const certificate& authority) {
  std::filesystem::create_directories(directory);
  write(directory + "/own.pem", [&](std::FILE* to) { return PEM_write_X509(to, own.x509()) == 1; });
  write(directory + "/ca.pem",
        [&](std::FILE* to) { return PEM_write_X509(to, authority.x509()) == 1; });
  write(directory + "/own.key", [&](std::FILE* to) {
    return PEM_write_PrivateKey(to, own.key(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  });
}

const std::string& certificate::pem_file() {
  if (!file_.empty())
    return file_;
  auto name
    = "carillon_" + std::to_string(::getpid()) + "_" + std::to_string(serial.fetch_add(1)) + ".pem";
  file_ = std::filesystem::temp_directory_path() / name;
  write(file_, [&](std::FILE* to) { return PEM_write_X509(to, x509_) == 1; });
  return file_;
}

} // namespace carillon::test
