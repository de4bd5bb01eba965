#include "persistence/postgres/faults.hpp"

#include "base/text/masked.hpp"
#include "base/text/plain_text.hpp"

#include <pqxx/pqxx>

#include <new>
#include <string_view>

namespace carillon::postgres {

namespace {

/// Most bytes of the server's message that an operator is shown.
constexpr size_t most_words = 2'000;

/// A retry fails again: the statement, the schema, the role, or the data is wrong.
bool is_permanent(std::string_view state) {
  return state.starts_with("22") || state.starts_with("23") || state.starts_with("42")
         || state.starts_with("0A") || state.starts_with("3F");
}

const char* reason(std::string_view state) {
  if (state.starts_with("08") || state.starts_with("57P"))
    return "the database cannot be reached";
  if (state == "53100")
    return "the database's disk is full";
  if (state.starts_with("53"))
    return "the database is out of resources";
  if (state == "55P03" || state == "57014" || state.starts_with("40"))
    return "the database is busy";
  if (state == "25006")
    return "the database is for reading only";
  if (state == "42501")
    return "the role may not do this in the database";
  if (state.starts_with("XX") || state.starts_with("58"))
    return "the database reported a fault";
  return "the database refused the operation";
}

} // namespace

failure to_failure(const std::exception& x) noexcept {
  if (dynamic_cast<const superseded*>(&x) != nullptr)
    return {ec::store_locked, "another node has the database", {}};
  if (dynamic_cast<const unusable_url*>(&x) != nullptr)
    return {ec::invalid_argument, x.what(), "store"};
  if (dynamic_cast<const unconfirmed*>(&x) != nullptr)
    return {ec::store_unavailable, "no standby of the database has confirmed it", {}};
  if (is_lost(x))
    return {ec::store_unavailable, "the database cannot be reached", {}};
  if (auto state = state_of(x); !state.empty())
    return {is_permanent(state) ? ec::store_refused : ec::store_unavailable,
            std::string{reason(state)} + " (" + state + ")",
            {}};
  if (dynamic_cast<const std::bad_alloc*>(&x) != nullptr)
    return {ec::store_unavailable, "out of memory", {}};
  return {ec::internal, "the store failed in an unexpected way", {}};
}

failure to_operators_failure(const std::exception& x) {
  auto out = to_failure(x);
  if (out.code != ec::store_unavailable && out.code != ec::store_refused)
    return out;
  // libpq reports every address that it tried, each on a line.
  out.detail = masked(one_line(x.what(), most_words));
  return out;
}

std::string state_of(const std::exception& x) noexcept {
  // libpqxx 6 drops the codes of these.
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&x) != nullptr)
    return "42501";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&x) != nullptr)
    return "40P01";
  if (dynamic_cast<const pqxx::serialization_failure*>(&x) != nullptr)
    return "40001";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&x) != nullptr)
    return "40000";
  const auto* known = dynamic_cast<const pqxx::sql_error*>(&x);
  return known == nullptr ? std::string{} : known->sqlstate();
}

bool is_race(const std::exception& x) noexcept {
  const auto state = state_of(x);
  return state == "40001" || state == "40P01" || state == "23505"
         || dynamic_cast<const pqxx::unique_violation*>(&x) != nullptr;
}

bool is_lost(const std::exception& x) noexcept {
  if (auto state = state_of(x); !state.empty())
    return state.starts_with("08") || state.starts_with("57P");
  // An error without a code comes from libpq itself: no answer came.
  return dynamic_cast<const pqxx::sql_error*>(&x) != nullptr
         || dynamic_cast<const pqxx::broken_connection*>(&x) != nullptr
         || dynamic_cast<const pqxx::statement_completion_unknown*>(&x) != nullptr
         || dynamic_cast<const pqxx::in_doubt_error*>(&x) != nullptr
         || dynamic_cast<const unreachable*>(&x) != nullptr;
}

} // namespace carillon::postgres
