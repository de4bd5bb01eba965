#pragma once

#include "messages/bounds.hpp"
#include "net/http/admission.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::data {

/// Bytes of unfinished bodies that a loop may hold.
struct body_budget {
  size_t limit = 0;
  size_t used = 0;
  /// The bound of all loops, shared by companies; null = not shared.
  bound_ptr shared = nullptr;
};

/// The body of a request as it arrives. A body that arrives in one piece is not copied; the pieces
/// of another are joined and count in the budget. No I/O; memory is reused.
class request_body {
public:
  /// @param budget outlives this
  explicit request_body(body_budget& budget) : budget_(budget) {
  }
  request_body(const request_body&) = delete;
  request_body& operator=(const request_body&) = delete;
  ~request_body();

  /// A body follows.
  /// @param of has its limits and its company; outlives it, until `clear`
  /// @param content_length empty if the body is chunked
  void begin(const admission& of, std::optional<uint64_t> content_length);

  /// Takes a piece. Returns why the request is rejected; empty if it is not.
  std::optional<refusal> take(std::string_view piece);

  /// Counts a piece that is discarded.
  void skip(std::string_view piece) noexcept;

  /// True if so many further bytes break the limit.
  bool exceeds_limit(uint64_t more) const noexcept;

  /// Missing bytes, if known.
  size_t expected_bytes() const noexcept {
    return expected_bytes_;
  }

  /// Valid until `clear` or until the bytes given to `take` move.
  std::string_view bytes() const noexcept {
    return whole_.empty() ? std::string_view{stored_} : whole_;
  }

  /// Forgets it, and returns its bytes to the budget.
  void clear();

private:
  void look_at_shape(std::string_view piece);
  std::optional<refusal> store(std::string_view piece);

  body_budget& budget_;
  const admission* of_ = nullptr;
  std::optional<uint64_t> content_length_;
  uint64_t limit_ = 0;
  /// The body if it arrived in one piece, else `stored_` holds it.
  std::string_view whole_;
  std::string stored_;
  uint64_t received_ = 0;
  size_t expected_bytes_ = 0;
  /// The first byte of the JSON was seen.
  bool shape_known_ = false;
};

} // namespace carillon::data
