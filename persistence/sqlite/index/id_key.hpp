#pragma once

#include "base/sip_hash.hpp"
#include "messages/events/event.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon::sqlite {

/// An event's id as `idx_id` has it: a UUID in lower case, as the engine makes them, takes its 16
/// bytes; any other id is itself. Two ids may have the same key, since an id may have any 16 bytes.
class id_key {
public:
  /// @param id must outlive the key
  explicit id_key(std::string_view id) noexcept;

  std::string_view bytes() const noexcept {
    return is_packed_ ? std::string_view{packed_.data(), packed_.size()} : id_;
  }

private:
  std::string_view id_;
  std::array<char, 16> packed_{};
  bool is_packed_ = false;
};

/// What `idx_id` has of a company or a source.
/// @param key of the index file
int64_t name_hash(const sip_key& key, std::string_view name) noexcept;

} // namespace carillon::sqlite
