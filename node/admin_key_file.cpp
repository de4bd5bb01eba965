#include "node/admin_key_file.hpp"

#include "node/input_file.hpp"

#include <algorithm>
#include <string_view>

namespace carillon {

namespace {

constexpr const char* option_name = "admin-key-file";
/// Prefix of every API key.
constexpr std::string_view prefix = "ck_";
constexpr size_t least_random = 32;
constexpr size_t most_random = 125;
constexpr size_t most_bytes = 4'096;

bool is_random(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'
         || c == '_';
}

bool is_key(std::string_view x) noexcept {
  if (!x.starts_with(prefix))
    return false;
  x.remove_prefix(prefix.size());
  return x.size() >= least_random && x.size() <= most_random
         && std::all_of(x.begin(), x.end(), is_random);
}

} // namespace

expected<std::string> read_admin_key(const std::string& path) {
  auto key = read_input_file(path, most_bytes);
  if (!key)
    return failure{key.error().code, key.error().detail, option_name};
  key->erase(key->find_last_not_of("\r\n") + 1);
  if (!is_key(*key))
    return failure{ec::invalid_argument,
                   path
                     + " does not hold a key: ck_ and 32 to 125 letters, digits, - or _, as "
                       "ck_$(openssl rand -hex 32)",
                   option_name};
  return key;
}

} // namespace carillon
