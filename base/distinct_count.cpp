#include "base/distinct_count.hpp"

#include "base/crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace carillon {

namespace {

/// Part of the estimator for registers that are not in use. @param x their share
double sigma(double x) {
  if (x >= 1.0)
    return std::numeric_limits<double>::infinity();
  double y = 1.0;
  double z = x;
  for (double before = -1.0; before != z;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/// Part of the estimator for registers that are full. @param x the share of the others
double tau(double x) {
  if (x <= 0.0 || x >= 1.0)
    return 0.0;
  double y = 1.0;
  double z = 1.0 - x;
  for (double before = -1.0; before != z;) {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1.0 - x) * (1.0 - x) * y;
  }
  return z / 3.0;
}

uint32_t byte_at(std::string_view x, size_t i) noexcept {
  return static_cast<unsigned char>(x[i]);
}

} // namespace

void distinct_count::add(std::string_view text) {
  const auto digest = sha256_of({text});
  uint64_t hash = 0;
  for (size_t i = 0; i < 8; ++i)
    hash = hash << 8 | digest[i];
  add_hash(hash);
}

void distinct_count::add_hash(uint64_t hash) {
  const auto index = static_cast<uint32_t>(hash >> hash_bits);
  const auto rest = hash << index_bits;
  const auto zeros = std::min<unsigned>(static_cast<unsigned>(std::countl_zero(rest)), hash_bits);
  raise(index, zeros + 1);
}

void distinct_count::raise(uint32_t index, uint32_t rank) {
  if (!dense_.empty()) {
    if (byte_at(dense_, index) < rank)
      dense_[index] = static_cast<char>(rank);
    return;
  }
  const auto entry = index << rank_bits | rank;
  const auto at = std::lower_bound(sparse_.begin(), sparse_.end(), index << rank_bits);
  if (at != sparse_.end() && *at >> rank_bits == index)
    *at = std::max(*at, entry);
  else
    sparse_.insert(at, entry);
  if (sparse_.size() > most_sparse)
    spread();
}

void distinct_count::spread() {
  dense_.assign(registers, '\0');
  for (const auto entry : sparse_)
    dense_[entry >> rank_bits] = static_cast<char>(entry & ((1U << rank_bits) - 1));
  sparse_ = {};
}

void distinct_count::merge(const distinct_count& x) {
  for (const auto entry : x.sparse_)
    raise(entry >> rank_bits, entry & ((1U << rank_bits) - 1));
  if (x.dense_.empty())
    return;
  if (dense_.empty())
    spread();
  for (uint32_t i = 0; i < registers; ++i)
    raise(i, byte_at(x.dense_, i));
}

uint64_t distinct_count::estimate() const {
  // How many registers have each rank.
  std::array<double, most_rank + 1> ranks{};
  if (dense_.empty()) {
    ranks[0] = static_cast<double>(registers - sparse_.size());
    for (const auto entry : sparse_)
      ranks.at(entry & ((1U << rank_bits) - 1)) += 1.0;
  } else {
    for (size_t i = 0; i < registers; ++i)
      ranks.at(byte_at(dense_, i)) += 1.0;
  }
  constexpr auto m = static_cast<double>(registers);
  if (ranks[0] == m)
    return 0;
  auto z = m * tau(1.0 - ranks[most_rank] / m);
  for (auto k = most_rank - 1; k >= 1; --k)
    z = 0.5 * (z + ranks.at(k));
  z += m * sigma(ranks[0] / m);
  if (z <= 0.0)
    return std::numeric_limits<uint64_t>::max();
  const auto alpha = 0.5 / std::log(2.0);
  return static_cast<uint64_t>(std::llround(alpha * m * m / z));
}

std::string distinct_count::bytes() const {
  if (!dense_.empty())
    return 'd' + dense_;
  if (sparse_.empty())
    return {};
  std::string out = "s";
  for (const auto entry : sparse_)
    for (const unsigned shift : {16U, 8U, 0U})
      out += static_cast<char>(entry >> shift & 0xffU);
  return out;
}

std::optional<distinct_count> distinct_count::from_bytes(std::string_view x) {
  distinct_count out;
  if (x.empty())
    return out;
  const auto kind = x.front();
  x.remove_prefix(1);
  if (kind == 'd' && x.size() == registers) {
    for (size_t i = 0; i < registers; ++i)
      if (byte_at(x, i) > most_rank)
        return std::nullopt;
    out.dense_ = x;
    return out;
  }
  if (kind != 's' || x.size() % 3 != 0 || x.size() / 3 > most_sparse)
    return std::nullopt;
  for (size_t i = 0; i < x.size(); i += 3) {
    const auto entry = byte_at(x, i) << 16 | byte_at(x, i + 1) << 8 | byte_at(x, i + 2);
    const auto rank = entry & ((1U << rank_bits) - 1);
    const auto follows
      = out.sparse_.empty() || out.sparse_.back() >> rank_bits < entry >> rank_bits;
    if (rank == 0 || rank > most_rank || entry >> rank_bits >= registers || !follows)
      return std::nullopt;
    out.sparse_.push_back(entry);
  }
  return out;
}

} // namespace carillon
