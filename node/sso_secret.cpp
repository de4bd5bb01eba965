#include "node/sso_secret.hpp"

#include "node/input_file.hpp"

namespace carillon {

namespace {

constexpr const char* secret_file_option = "oidc-client-secret-file";
constexpr size_t max_secret_bytes = 4'096;

} // namespace

expected<sso_options> with_secret(sso_options x) {
  if (x.client_secret_file.empty())
    return x;
  if (!x.client_secret.empty())
    return failure{ec::invalid_argument, "give the client's secret, or the file with it",
                   secret_file_option};
  auto secret = read_input_file(x.client_secret_file, max_secret_bytes);
  if (!secret)
    return failure{secret.error().code, secret.error().detail, secret_file_option};
  secret->erase(secret->find_last_not_of("\r\n") + 1);
  if (secret->empty())
    return failure{ec::invalid_argument, x.client_secret_file + " is empty", secret_file_option};
  x.client_secret = std::move(*secret);
  x.client_secret_file.clear();
  return x;
}

} // namespace carillon
