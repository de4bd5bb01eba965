#pragma once

#include "messages/consumers/handler.hpp"
#include "messages/measures/measure_book.hpp"

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace carillon {

/// Measures members of events by the definitions of a book. Replays are not measured again.
///
/// A definition begins with an event, which the handler reports with its effects: each event from
/// there on is measured here, each one before by the backfill. The first event that comes after the
/// handler has seen the definition is the begin, never an event that is delivered once more: what
/// is delivered again after a crash or failure of the consumer is measured if it lies behind the
/// begin.
class metrics_handler final : public effect_handler {
public:
  /// Name of the consumer.
  static constexpr const char* name = "metrics";

  /// @param book never null
  explicit metrics_handler(std::shared_ptr<const measure_book> book) : book_(std::move(book)) {
  }

  void handle(const event& x, effects& out) override;

private:
  void look_at_book();
  void begin_with(const event& x, effects& out);
  bool is_live(const measure_record& record, position seq) const;

  std::shared_ptr<const measure_book> book_;
  uint64_t version_ = 0;
  measurer measurer_;
  /// Definitions of which the store knows no begin yet.
  std::vector<uint64_t> unsettled_;
  /// Begins that this process chose, by definition. They stay as they are.
  std::map<uint64_t, position> begins_;
  /// The cursor when the definitions were read.
  position cursor_ = 0;
  /// The furthest event so far.
  position furthest_ = 0;
};

} // namespace carillon
