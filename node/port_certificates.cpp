#include "node/port_certificates.hpp"

#include <utility>

namespace carillon {

namespace {

constexpr tls_purpose of_both{.http = true};
constexpr tls_purpose of_admin_only{.http = true,
                                    .certificate_option = "admin-tls-cert",
                                    .key_option = "admin-tls-key",
                                    .authority_option = "admin-tls-client-ca"};

expected<void> check_pair(const tls_files& x, const tls_purpose& names) {
  if (x.certificate.empty() == x.key.empty())
    return {};
  const auto* missing = x.key.empty() ? names.key_option : names.certificate_option;
  const auto* given = x.key.empty() ? names.certificate_option : names.key_option;
  return failure{ec::invalid_argument, std::string{"TLS needs --"} + missing + " beside --" + given,
                 missing};
}

expected<std::shared_ptr<tls_certificates>> read(const tls_files& files,
                                                 const tls_purpose& purpose) {
  if (files.certificate.empty())
    return std::shared_ptr<tls_certificates>{};
  auto out = std::make_shared<tls_certificates>(files, purpose);
  if (auto done = out->reload(); !done)
    return failure{done.error().code, "--" + done.error().field + ": " + done.error().detail,
                   done.error().field};
  return out;
}

} // namespace

tls_files of_admin(const tls_files& both, const tls_files& admin) {
  if (!admin.certificate.empty())
    return admin;
  auto out = both;
  if (!admin.authority.empty())
    out.authority = admin.authority;
  return out;
}

expected<void> check(const tls_files& both, const tls_files& admin) {
  if (auto fits = check_pair(both, of_both); !fits)
    return fits;
  if (auto fits = check_pair(admin, of_admin_only); !fits)
    return fits;
  auto no_certificate = [](const char* option) {
    return failure{ec::invalid_argument,
                   std::string{"--"} + option
                     + ": clients show certificates to a port with TLS "
                       "only, which needs a certificate of its own",
                   option};
  };
  if (!both.authority.empty() && both.certificate.empty())
    return no_certificate(of_both.authority_option);
  if (!admin.authority.empty() && of_admin(both, admin).certificate.empty())
    return no_certificate(of_admin_only.authority_option);
  return {};
}

expected<port_certificates> port_certificates::open(const tls_files& both, const tls_files& admin) {
  if (auto fits = check(both, admin); !fits)
    return fits.error();
  port_certificates out;
  auto data = read(both, of_both);
  if (!data)
    return data.error();
  out.data_ = std::move(*data);
  if (admin.certificate.empty() && admin.authority.empty()) {
    out.admin_ = out.data_;
    return out;
  }
  auto own = read(of_admin(both, admin), of_admin_only);
  if (!own)
    return own.error();
  out.admin_ = std::move(*own);
  return out;
}

template <class Visit>
void port_certificates::each(Visit visit) const {
  if (data_ != nullptr)
    visit(*data_, admin_ == data_ ? "both ports" : "the data port");
  if (admin_ != nullptr && admin_ != data_)
    visit(*admin_, "the admin port");
}

template <class Read>
port_certificates::changes port_certificates::look(Read read) {
  changes out;
  each([&](tls_certificates& x, const char* whose) {
    auto done = read(x);
    if (!done)
      out.faults.push_back("--" + done.error().field + ": " + done.error().detail
                           + "; the certificate from before stays");
    else if (*done)
      out.read.push_back(std::string{"the certificate of "} + whose + " was read again");
  });
  return out;
}

std::vector<std::string> port_certificates::ending(timestamp then) const {
  std::vector<std::string> out;
  each([&](const tls_certificates& x, const char* whose) {
    auto ends = x.current()->ends();
    if (ends < then)
      out.push_back(std::string{"the certificate of "} + whose + " ends at " + to_rfc3339(ends)
                    + ": clients reject it from then on; renew it");
  });
  return out;
}

port_certificates::changes port_certificates::reload() {
  return look([](tls_certificates& x) -> expected<bool> {
    if (auto done = x.reload(); !done)
      return done.error();
    return true;
  });
}

port_certificates::changes port_certificates::reload_if_changed() {
  return look([](tls_certificates& x) { return x.reload_if_changed(); });
}

} // namespace carillon
