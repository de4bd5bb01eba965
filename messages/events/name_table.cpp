#include "messages/events/name_table.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace carillon {

namespace {

template <class Word>
uint64_t word_at(const char* from) noexcept {
  Word out{};
  std::memcpy(&out, from, sizeof out);
  return out;
}

/// Up to eight characters as one number. Those of different length may be the same.
uint64_t short_word(std::string_view x) noexcept {
  if (x.size() >= 4)
    return word_at<uint32_t>(x.data()) << 32U | word_at<uint32_t>(x.data() + x.size() - 4);
  if (x.empty())
    return 0;
  const auto byte = [&](size_t i) { return uint64_t{static_cast<unsigned char>(x[i])}; };
  return byte(0) << 16U | byte(x.size() / 2) << 8U | byte(x.size() - 1);
}

/// Not 0.
uint64_t hash_of_name(std::string_view x) noexcept {
  static const uint64_t seed = std::random_device{}() * 0x100000001ULL ^ std::random_device{}();
  constexpr uint64_t factor = 0x9E3779B97F4A7C15U;
  auto out = seed ^ x.size() * factor;
  const auto mix = [&](uint64_t word) {
    out = (out ^ word) * factor;
    out ^= out >> 32U;
  };
  while (x.size() > sizeof(uint64_t)) {
    mix(word_at<uint64_t>(x.data()));
    x.remove_prefix(sizeof(uint64_t));
  }
  mix(short_word(x));
  return out | 1U;
}

} // namespace

const size_t* name_table::look_up(std::string_view name) const noexcept {
  const auto hash = hash_of_name(name);
  if ((word_of(hash) >> (hash >> 58U) & 1U) == 0)
    return nullptr;
  const auto mask = slots_.size() - 1;
  for (auto i = (hash >> 1U) & mask; slots_[i].hash != 0; i = (i + 1) & mask)
    if (slots_[i].hash == hash && slots_[i].name == name)
      return &slots_[i].number;
  return nullptr;
}

name_table::slot& name_table::place_for(uint64_t hash) {
  const auto mask = slots_.size() - 1;
  auto i = (hash >> 1U) & mask;
  while (slots_[i].hash != 0)
    i = (i + 1) & mask;
  return slots_[i];
}

void name_table::grow() {
  auto before = std::exchange(slots_, std::vector<slot>(slots_.empty() ? 4 : slots_.size() * 2));
  hashes_.assign(std::max<size_t>(slots_.size() / 8, 1), 0);
  for (auto& x : before)
    if (x.hash != 0)
      put(std::move(x));
}

void name_table::put(slot x) {
  word_of(x.hash) |= uint64_t{1} << (x.hash >> 58U);
  place_for(x.hash) = std::move(x);
}

void name_table::add(std::string name, size_t number) {
  if (2 * (size_ + 1) > slots_.size())
    grow();
  const auto hash = hash_of_name(name);
  lengths_ |= uint64_t{1} << (name.size() % 64);
  put({hash, number, std::move(name)});
  ++size_;
}

} // namespace carillon
