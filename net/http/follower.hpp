#pragma once

#include "net/http/handed_call.hpp"

#include <functional>
#include <string>

namespace carillon::data {

/// The node that owns the store, as its clients reach it.
struct store_owner {
  /// Empty = not known.
  std::string name;
  /// Of the same port, e.g. `http://10.0.0.1:7070`; empty = not known.
  std::string address;
};

/// The address of a node; empty if its text cannot be part of a URL. Other nodes write it into the
/// database, and it becomes a field of an answer, which another text could end.
std::string checked_address(std::string x);

/// What a port of a follower knows: of a node that publishes and reads, and owns nothing, see
/// docs/cluster.md. Both are called on any thread, and must not block.
struct follower_view {
  /// Empty = the node of the port is the owner.
  std::function<store_owner()> owner = {};
  /// Empty text = the follower is ready, else what it waits for.
  std::function<std::string()> not_ready = {};
};

/// What a follower answers to a call that its owner serves: 503 with the code `not_owner`, and the
/// owner as the member `owner` and the field `Carillon-Active`, as far as it is known.
whole_answer not_owner_answer(const store_owner& x);

/// The answer of `/readyz`: 200 with the status `following`, or 503.
/// @param waits_for see `follower_view::not_ready`
whole_answer following_answer(const std::string& waits_for);

} // namespace carillon::data
