#pragma once

#include "net/data/publishing/publish_bundle.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace carillon::data {

/// The events of one turn of a loop, as few calls of the router: each belongs to one company, whose
/// turn it waits for, and is of moderate size. The order of the events is kept. Plain logic.
class publish_turn {
public:
  using sender = std::function<void(std::shared_ptr<publish_bundle>)>;

  /// @param submit sends a call
  explicit publish_turn(sender submit);

  void add(reply_to to, draft_ptr draft);

  /// @param drafts number of drafts among the items, at least one
  void add(reply_to to, parsed_items items, size_t drafts);

  /// True if a call waits for the end of the turn.
  bool waits() const noexcept {
    return bundle_ != nullptr;
  }

  /// Ends the turn.
  void submit();

private:
  publish_bundle& bundle_of(const std::string& company);
  void submit_if_full();

  sender submit_;
  std::shared_ptr<publish_bundle> bundle_;
};

} // namespace carillon::data
