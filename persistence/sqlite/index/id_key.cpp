#include "persistence/sqlite/index/id_key.hpp"

namespace carillon::sqlite {

namespace {

int digit_of(char x) noexcept {
  if (x >= '0' && x <= '9')
    return x - '0';
  return x >= 'a' && x <= 'f' ? x - 'a' + 10 : -1;
}

bool is_dash_place(size_t at) noexcept {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

bool pack(std::string_view id, std::array<char, 16>& out) noexcept {
  if (id.size() != 36)
    return false;
  size_t digits = 0;
  unsigned high = 0;
  for (size_t i = 0; i < id.size(); ++i) {
    if (is_dash_place(i)) {
      if (id[i] != '-')
        return false;
      continue;
    }
    const auto digit = digit_of(id[i]);
    if (digit < 0)
      return false;
    if (digits % 2 == 0)
      high = static_cast<unsigned>(digit) << 4;
    else
      out.at(digits / 2) = static_cast<char>(high | static_cast<unsigned>(digit));
    ++digits;
  }
  return true;
}

} // namespace

id_key::id_key(std::string_view id) noexcept : id_(id), is_packed_(pack(id, packed_)) {
}

int64_t name_hash(const sip_key& key, std::string_view name) noexcept {
  return static_cast<int64_t>(sip_hash(key, {name}));
}

} // namespace carillon::sqlite
