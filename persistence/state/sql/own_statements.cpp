#include "persistence/state/sql/own_statements.hpp"

#include "base/overloaded.hpp"
#include "persistence/state/sql/own_sql.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace carillon::sql {

namespace {

void bind(statement& to, int index, const sql_value& x) {
  std::visit(overloaded{[&](std::monostate) { to.bind(index, std::optional<int64_t>{}); },
                        [&](const std::string& y) { to.bind(index, std::string_view{y}); },
                        [&](const sql_blob& y) { to.bind(index, blob_view{y.bytes}); },
                        [&](auto y) { to.bind(index, y); }},
             x);
}

} // namespace

void own_statements::run(const sql_statement& x) {
  entry once;
  auto found = kept_.find(x.text);
  if (found == kept_.end()) {
    const bool keep = kept_.size() < most_kept;
    once = prepare(x.text, keep);
    if (keep)
      found = kept_.emplace(x.text, std::move(once)).first;
  }
  auto& use = found == kept_.end() ? once : found->second;
  if (use.parameters != x.parameters.size())
    throw unusable_statement("the statement has " + std::to_string(use.parameters)
                             + " parameters, and there are " + std::to_string(x.parameters.size())
                             + " values");
  auto& to = *use.prepared;
  to.reset();
  rows all{to};
  int index = 0;
  for (const auto& value : x.parameters)
    bind(to, ++index, value);
  to.execute();
}

own_statements::entry own_statements::prepare(const std::string& text, bool keep) {
  if (auto usable = check_own_statement(text); !usable)
    throw unusable_statement(usable.error().detail);
  return {session_.prepare_own(text, keep), highest_parameter(text)};
}

} // namespace carillon::sql
