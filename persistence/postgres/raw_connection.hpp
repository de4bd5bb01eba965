#pragma once

#include <pqxx/pqxx>

#include <cstdint>
#include <string>

namespace carillon::postgres {

/// Counts what the server says beside its answers, and prints none of it.
class notice_counter final : public pqxx::errorhandler {
public:
  using errorhandler::errorhandler;

  bool operator()(const char /*text*/[]) noexcept override {
    ++count_;
    return false;
  }

  uint64_t count() const noexcept {
    return count_;
  }

private:
  uint64_t count_ = 0;
};

/// A connection of libpqxx that prints no notices and never reopens itself: reconnecting would
/// continue a transaction without its beginning, and listen to nothing. The constructor connects;
/// it throws pqxx::broken_connection. A base class.
struct raw_connection {
  explicit raw_connection(const std::string& url) : raw(url), notices_heard(raw) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    raw.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }

  pqxx::connection raw;
  notice_counter notices_heard;
};

} // namespace carillon::postgres
