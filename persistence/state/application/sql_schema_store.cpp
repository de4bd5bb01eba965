#include "persistence/state/application/sql_schema_store.hpp"

#include "base/crypto/sha256.hpp"
#include "persistence/state/sql/own_sql.hpp"

#include <algorithm>
#include <utility>

namespace carillon::sql {

namespace {

failure wrong(ec code, std::string detail) {
  return {code, std::move(detail), "schema"};
}

std::string name_of_step(uint32_t version) {
  return "step " + std::to_string(version) + " of the application's schema";
}

expected<void> check_versions(std::span<const schema_step> steps) {
  uint32_t last = 0;
  for (const auto& x : steps) {
    if (x.version <= last)
      return wrong(ec::invalid_argument,
                   name_of_step(x.version) + " does not follow: versions begin at 1 and ascend");
    last = x.version;
  }
  return {};
}

} // namespace

expected<void> sql_schema_store::apply(std::span<const schema_step> steps, timestamp now) {
  if (steps.empty())
    return {};
  if (auto ascending = check_versions(steps); !ascending)
    return ascending;
  auto applied = read_applied();
  if (!applied)
    return applied.error();
  for (const auto& [version, digest] : *applied) {
    const auto known = std::find_if(steps.begin(), steps.end(),
                                    [&, at = version](auto& x) { return x.version == at; });
    if (known == steps.end() && version > steps.back().version)
      return wrong(ec::store_too_new, "the store has " + name_of_step(version)
                                        + ", which this version of it does not know");
    if (known == steps.end() || digest != sha256_hex(known->sql))
      return wrong(ec::conflict,
                   name_of_step(version) + " was changed after it was applied: add a step instead");
  }
  const auto last = applied->empty() ? 0 : applied->rbegin()->first;
  for (const auto& x : steps) {
    if (applied->contains(x.version))
      continue;
    if (x.version < last)
      return wrong(ec::conflict, name_of_step(x.version) + " comes before one that was applied");
    if (auto done = db_.writing([&] { return apply(x, now); }); !done)
      return done;
  }
  return {};
}

expected<sql_schema_store::applied_steps> sql_schema_store::read_applied() {
  return db_.writing([&]() -> expected<applied_steps> {
    auto& db = db_.database();
    db.run_script("CREATE TABLE IF NOT EXISTS app_schema_steps (version BIGINT PRIMARY KEY, "
                  "digest TEXT NOT NULL, applied_at BIGINT NOT NULL)");
    const auto select = db.prepare_own("SELECT version, digest FROM app_schema_steps", false);
    applied_steps out;
    rows all{*select};
    while (all.next())
      out.emplace(static_cast<uint32_t>(all->number(0)), all->string(1));
    return out;
  });
}

expected<void> sql_schema_store::apply(const schema_step& x, timestamp now) {
  auto& db = db_.database();
  const auto before = db.outline();
  if (auto done = run(x); !done)
    return done;
  if (db.outline() != before)
    return wrong(ec::invalid_argument, name_of_step(x.version)
                                         + " makes or changes what is not its own: its tables and "
                                           "indexes have names that begin with app_");
  const auto digest = sha256_hex(x.sql);
  const auto insert = db.prepare_own("INSERT INTO app_schema_steps VALUES (?1, ?2, ?3)", false);
  rows all{*insert};
  insert->bind_all(x.version, std::string_view{digest}, to_micros(now));
  insert->execute();
  return {};
}

expected<void> sql_schema_store::run(const schema_step& x) {
  if (auto usable = check_own_script(x.sql); !usable)
    return wrong(ec::invalid_argument, name_of_step(x.version) + ": " + usable.error().detail);
  bool goes_on = true;
  const auto fault = db_.in_part([&] { goes_on = db_.database().run_script(x.sql); });
  if (fault)
    return wrong(ec::invalid_argument, name_of_step(x.version) + " fails: " + *fault);
  if (!goes_on)
    return wrong(ec::invalid_argument,
                 name_of_step(x.version) + " ends the transaction that it is applied in");
  return {};
}

} // namespace carillon::sql
