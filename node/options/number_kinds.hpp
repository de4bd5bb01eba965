#pragma once

#include "node/options/option_kinds.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

inline constexpr uint64_t kib = 1024;
inline constexpr uint64_t mib = 1024 * kib;
inline constexpr uint64_t gib = 1024 * mib;

// Options that are a number within two bounds, both included.

template <class Access>
option_spec a_count(std::string name, std::string group, std::string unit, std::string meaning,
                    Access access, uint64_t low, uint64_t high) {
  auto write = [](uint64_t x) { return std::to_string(x); };
  auto read = [=](std::string_view text) { return parse_count(text, low, high); };
  auto out = an_option(std::move(name), std::move(group), std::move(unit), std::move(meaning),
                       access, write, read);
  out.takes_number = true;
  return out;
}

template <class Access>
option_spec some_bytes(std::string name, std::string group, std::string meaning, Access access,
                       uint64_t low, uint64_t high) {
  auto read = [=](std::string_view text) { return parse_bytes(text, low, high); };
  auto out = an_option(std::move(name), std::move(group), "BYTES", std::move(meaning), access,
                       bytes_text, read);
  out.takes_number = true;
  return out;
}

template <class Access>
option_spec a_duration(std::string name, std::string group, std::string meaning, Access access,
                       std::chrono::milliseconds low, std::chrono::milliseconds high) {
  auto write = [](std::chrono::milliseconds x) { return to_text(x); };
  auto read = [=](std::string_view text) { return parse_duration(text, low, high); };
  return an_option(std::move(name), std::move(group), "TIME", std::move(meaning), access, write,
                   read);
}

} // namespace carillon
