#pragma once

#include "messages/bounds.hpp"
#include "messages/sessions/interfaces.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace carillon {

/// Segments that were sent to a session and not handled yet; of a log stream, notices that the log
/// has grown: one at most.
struct session_gauge {
  std::atomic<uint32_t> pending{0};
};

/// A session as the hub knows it.
struct session_entry {
  session_info info;
  session_actor handle;
  std::shared_ptr<session_gauge> gauge;
  session_identity identity;
  /// Its place among all sessions, which companies share.
  std::shared_ptr<bound_lease> place;
  /// Of a log stream, which reads the log itself: its place among all log streams.
  std::shared_ptr<bound_lease> stream_place = {};
  /// The last round of sending in which it got its share.
  uint64_t round = 0;

  bool is_log_stream() const noexcept {
    return stream_place != nullptr;
  }
};

/// Sessions by id, by user and by company. Plain logic.
class session_index {
public:
  using entries = std::unordered_set<session_entry*>;

  session_entry& add(session_entry x);
  void remove(uint64_t id);

  /// Null if there is none.
  session_entry* find(uint64_t id) const;

  size_t size() const noexcept {
    return all_.size();
  }

  const std::unordered_map<uint64_t, std::unique_ptr<session_entry>>& all() const noexcept {
    return all_;
  }

  /// Null if there are none.
  const entries* of_company(const std::string& id) const;
  const entries* of_user(const std::string& id) const;

  /// Number of sessions of this user: users of the same name in other companies do not count. 0
  /// without a user.
  size_t count_of_user(const viewer& who) const;

  const entries& log_streams() const noexcept {
    return log_streams_;
  }

  const std::unordered_map<std::string, entries>& companies() const noexcept {
    return companies_;
  }

  const std::unordered_map<std::string, entries>& users() const noexcept {
    return users_;
  }

private:
  std::unordered_map<uint64_t, std::unique_ptr<session_entry>> all_;
  std::unordered_map<std::string, entries> companies_;
  std::unordered_map<std::string, entries> users_;
  entries log_streams_;
};

} // namespace carillon
