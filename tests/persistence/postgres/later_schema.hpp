#pragma once

#include "persistence/postgres/migrations.hpp"
#include "tests/persistence/test_store.hpp"

#include <array>
#include <cstdio>
#include <deque>
#include <string>

namespace carillon::test {

/// What a program of a later version does to the tables: it knows more steps than this one.
class later_schema {
public:
  /// @param url of the database, whose tables this program has made
  explicit later_schema(std::string url) : url_(std::move(url)) {
  }

  /// Adds a step, and applies it.
  void add_additive(const std::string& statements) {
    add("Additive", statements);
  }

  void add_breaking(const std::string& statements) {
    add("Breaking", statements);
  }

private:
  void add(const std::string& mark, const std::string& statements) {
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "%04zu", steps_.size() + 1);
    const auto& name = texts_.emplace_back(std::string{number.data()} + "_later.sql");
    const auto& text = texts_.emplace_back("-- " + mark + ": for a test.\n" + statements);
    steps_.push_back({name, text});
    postgres::connection db{url_, {}};
    must(postgres::migrate(db, timestamp{}, steps_));
  }

  std::string url_;
  /// What the steps refer to.
  std::deque<std::string> texts_;
  postgres::schema_steps steps_ = postgres::own_steps();
};

} // namespace carillon::test
