#pragma once

#include "persistence/storage.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace carillon::test {

/// The store under test, empty at first. Its content is removed with it.
class test_store {
public:
  virtual ~test_store() = default;

  /// Opens it with these options; `url` is filled in.
  virtual expected<std::unique_ptr<storage>> try_open(storage_options options) = 0;

  /// The same; a failure fails the test.
  std::unique_ptr<storage> open(const storage_options& options = {});

  /// Runs statements on the log, as an intruder would; its table is `event_log`.
  virtual void tamper_with_log(const std::string& sql) const = 0;

  /// The same on the tables of the state.
  virtual void tamper_with_state(const std::string& sql) const = 0;
};

/// Each executable of the conformance suites defines it.
std::unique_ptr<test_store> make_test_store();

/// Takes the value; a failure fails the test with its detail.
template <class T>
T must(expected<T> x) {
  if (!x)
    FAIL(std::string{name_of(x.error().code)} << ": " << x.error().detail);
  return std::move(*x);
}

inline void must(const expected<void>& x) {
  if (!x)
    FAIL(std::string{name_of(x.error().code)} << ": " << x.error().detail);
}

/// The code of a failure; `none` on success.
template <class T>
ec code_of(const expected<T>& x) {
  return x ? ec::none : x.error().code;
}

/// The time that tests begin at: 2027-01-15T08:00:00Z.
constexpr timestamp epoch = from_micros(1'800'000'000'000'000);

/// A draft with every field set.
draft_ptr make_draft(std::string id, std::string type = "order.created",
                     std::string company = "acme");

/// Drafts `<prefix>0`, `<prefix>1` ….
std::vector<draft_ptr> make_drafts(const std::string& prefix, size_t count);

/// Every field but `seq` and `recorded_at`.
bool same_content(const event& a, const event& b);

/// Steps the indexer until it has caught up.
void index_all(storage& x);

} // namespace carillon::test
