#pragma once

#include "messages/codec/payload_view.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace carillon {

/// Records the top-level members of a payload while the text around it is parsed, so that checks
/// need no second parse. Values are cut out of the text by their positions; nested ones are not
/// recorded. Depths count the containers that are open; positions are those of the text. Its
/// storage is reused for the next text.
class payload_recorder {
public:
  /// Forgets everything. The text outlives the view.
  void reset(std::string_view text) noexcept;

  /// Forgets the payload, not the text.
  void clear() noexcept;

  /// The object that is the payload begins. Its members are at `depth`.
  void open(size_t depth, size_t at) noexcept;

  /// The payload has begun and not ended. The calls below are for this time only.
  bool is_open() const noexcept {
    return depth_ != 0;
  }

  /// A name ends at the position.
  void name(size_t depth, std::string_view x, size_t at);

  /// A string, number or literal ends before the position.
  void scalar(size_t depth, json_kind kind, std::string_view value, size_t at);

  void container_begins(size_t depth, json_kind kind, size_t at);

  /// The object or array whose bracket is at the position ends, which may end the payload.
  void container_ends(size_t depth, size_t at);

  /// The payload, byte for byte; empty if there was none.
  std::string_view json() const noexcept {
    return json_;
  }

  /// The members, for a copy of the payload or the payload itself. Valid until the next text.
  payload_view view(std::string_view json) const noexcept {
    return {json, &members_, count_};
  }

private:
  /// The member whose value is parsed, if the depth is its own or that of its elements.
  payload_member* member_at(size_t depth) noexcept;

  std::string_view text_;
  std::string_view json_;
  std::vector<payload_member> members_;
  size_t count_ = 0;
  /// Depth of the members; 0 outside of the payload.
  size_t depth_ = 0;
  size_t begin_ = 0;
  size_t value_begin_ = 0;
};

} // namespace carillon
