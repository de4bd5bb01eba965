#pragma once

#include "messages/codec/codec.hpp"
#include "messages/events/publish.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::data {

class connection_places;

/// Names a connection of a loop. It never dangles: a connection in a reused place has another
/// generation.
struct connection_ref {
  uint32_t index = 0;
  uint32_t generation = 0;
};

/// The request of a connection that waits for an answer.
struct reply_to {
  connection_ref connection;
  /// Number of the request on its connection.
  uint64_t request = 0;
  /// Company that the publisher is bound to; empty if none.
  std::string company;
};

/// The drafts of several requests of one company on their way to the router as one call, and how to
/// answer them. Owned by one loop; not accessed while the router has the drafts.
class publish_bundle {
public:
  /// @param company that the publishers are bound to; empty = none
  explicit publish_bundle(std::string company) : company_(std::move(company)) {
  }

  const std::string& company() const noexcept {
    return company_;
  }

  /// Adds a request with a single event.
  void add(reply_to to, draft_ptr draft);

  /// Adds a request with an array; at least one item must be a draft.
  void add(reply_to to, parsed_items items);

  /// Number of drafts.
  size_t size() const noexcept {
    return id_ends_.size();
  }

  /// Moves the drafts out, for the call.
  std::vector<draft_ptr> take_drafts() noexcept {
    return std::move(drafts_);
  }

  /// Writes the answers to connections that are still open.
  void answer(const connection_places& at, const expected<receipts>& result) const;

private:
  struct entry {
    reply_to to;
    size_t first = 0;
    bool single = true;
    /// Items of an array: failures, and moved-out drafts.
    parsed_items items;
  };

  void push(draft_ptr draft);
  std::string_view id_of(size_t draft) const noexcept;
  void answer_single(const connection_places& at, const entry& x, const receipts& result) const;
  void answer_array(const connection_places& at, const entry& x, const receipts& result) const;

  std::string company_;
  std::vector<draft_ptr> drafts_;
  std::vector<entry> entries_;
  /// The ids as JSON strings, one after the other: the drafts are gone by the time
  /// of the answer.
  std::string ids_;
  std::vector<uint32_t> id_ends_;
};

/// Appends `{"results":[…]}` with a verdict per item; all items are failures.
void append_refused_items(std::string& out, const parsed_items& items);

} // namespace carillon::data
