#include "persistence/state/inbound/sql_inbound_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"

#include <utility>

#define CARILLON_INBOUND                                                                           \
  "SELECT name, company_id, settings, sealed, sealed_at, old_sealed, old_expires_at, created_at, " \
  "updated_at FROM inbound_sources "

namespace carillon::sql {

namespace {

namespace q {

const sql_query inbound_sources{"inbound_sources", CARILLON_INBOUND "ORDER BY name"};
const sql_query inbound_source{"inbound_source", CARILLON_INBOUND "WHERE name = ?1"};
const sql_query count_inbound{"count_inbound", "SELECT count(*) FROM inbound_sources"};
const sql_query count_inbound_of_company{
  "count_inbound_of_company", "SELECT count(*) FROM inbound_sources WHERE company_id = ?1"};
const sql_query put_inbound_source{
  "put_inbound_source",
  "INSERT INTO inbound_sources VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
  "ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, sealed = excluded.sealed, "
  "sealed_at = excluded.sealed_at, old_sealed = excluded.old_sealed, "
  "old_expires_at = excluded.old_expires_at, updated_at = excluded.updated_at"};
const sql_query erase_inbound{"erase_inbound", "DELETE FROM inbound_sources WHERE name = ?1"};

} // namespace q

inbound_record inbound_of(const statement& row) {
  auto source = inbound_source_from_json(row.text(2));
  if (!source)
    throw damage{source.error().detail};
  inbound_record out;
  out.source = std::move(*source);
  out.source.name = row.string(0);
  out.source.company_id = row.string(1);
  out.sealed = row.string(3);
  out.sealed_at = from_micros(row.integer(4));
  if (!row.null(5) && !row.null(6)) {
    out.old_sealed = row.string(5);
    out.old_expires_at = from_micros(row.integer(6));
  }
  out.created_at = from_micros(row.integer(7));
  out.updated_at = from_micros(row.integer(8));
  return out;
}

failure no_inbound() {
  return {ec::not_found, "there is no such source of webhooks", "name"};
}

uint64_t inbound_number_in(rows all) {
  return all.next() ? all->number(0) : 0;
}

} // namespace

expected<inbound_records> sql_inbound_store::list() {
  return db_.reading([&]() -> expected<inbound_records> {
    inbound_records out;
    auto row = db_.sql().query(q::inbound_sources);
    while (row.next())
      out.push_back(inbound_of(*row));
    return out;
  });
}

expected<inbound_record> sql_inbound_store::put(const store_inbound& x, timestamp now) {
  return db_.writing([&]() -> expected<inbound_record> {
    const auto& wanted = x.source;
    auto before = find(wanted.name);
    if (before && before->source.company_id != wanted.company_id)
      return failure{ec::conflict,
                     "this name is another company's; names of sources are those of paths", "name"};
    if (before && before->source == wanted && x.sealed.empty())
      return *before;
    if (!before && x.sealed.empty())
      return failure{ec::invalid_argument, "a new source needs a secret", "secret"};
    if (!before)
      if (auto fault = too_many(wanted.company_id))
        return *fault;
    auto next = before ? std::move(*before) : inbound_record{};
    if (next.created_at == timestamp{})
      next.created_at = now;
    next.source = wanted;
    next.updated_at = now;
    if (!x.sealed.empty()) {
      next.sealed = x.sealed;
      next.sealed_at = now;
      next.old_sealed.clear();
      next.old_expires_at.reset();
    }
    write(next);
    audit_detail detail;
    detail.add_json("source", json_of(wanted));
    if (!x.sealed.empty())
      detail.add("secret", std::string_view{"set"});
    note(x.by, now, "inbound.changed", wanted, detail.text());
    return next;
  });
}

expected<inbound_record> sql_inbound_store::rotate(const rotate_inbound& x, timestamp now) {
  return db_.writing([&]() -> expected<inbound_record> {
    auto found = find(x.name, x.company_id);
    if (!found)
      return no_inbound();
    // One secret before the present one at most: of those before it none is valid any more.
    found->old_sealed.clear();
    found->old_expires_at.reset();
    if (x.old_expires_at > now) {
      found->old_sealed = std::move(found->sealed);
      found->old_expires_at = x.old_expires_at;
    }
    found->sealed = x.sealed;
    found->sealed_at = found->updated_at = now;
    write(*found);
    note(x.by, now, "inbound.secret_rotated", found->source,
         audit_detail{}.add("oldExpiresAt", std::string_view{to_rfc3339(x.old_expires_at)}).text());
    return *found;
  });
}

expected<void> sql_inbound_store::remove(const delete_inbound& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto found = find(x.name, x.company_id);
    if (!found)
      return no_inbound();
    db_.sql().run(q::erase_inbound, std::string_view{x.name});
    note(x.by, now, "inbound.deleted", found->source, "{}");
    return {};
  });
}

std::optional<inbound_record> sql_inbound_store::find(const std::string& name) {
  auto row = db_.sql().query(q::inbound_source, std::string_view{name});
  return row.next() ? std::optional{inbound_of(*row)} : std::nullopt;
}

std::optional<inbound_record> sql_inbound_store::find(const std::string& name,
                                                      const std::optional<std::string>& company) {
  auto out = find(name);
  if (out && company && out->source.company_id != *company)
    out.reset();
  return out;
}

std::optional<failure> sql_inbound_store::too_many(const std::string& company_id) {
  if (inbound_number_in(db_.sql().query(q::count_inbound)) >= inbound_limits::sources)
    return failure{ec::overloaded, "there are 1000 sources of webhooks, which is the limit", {}};
  if (!company_id.empty()
      && inbound_number_in(
           db_.sql().query(q::count_inbound_of_company, std::string_view{company_id}))
           >= inbound_limits::sources_of_company)
    return failure{
      ec::quota_exceeded, "the company has 100 sources of webhooks, which is its limit", {}};
  return std::nullopt;
}

void sql_inbound_store::write(const inbound_record& x) {
  const auto settings = json_of(x.source);
  const auto old = x.old_expires_at ? std::optional{blob_view{x.old_sealed}} : std::nullopt;
  const auto ends
    = x.old_expires_at ? std::optional{to_micros(*x.old_expires_at)} : std::optional<int64_t>{};
  db_.sql().run(q::put_inbound_source, std::string_view{x.source.name},
                std::string_view{x.source.company_id}, std::string_view{settings},
                blob_view{x.sealed}, to_micros(x.sealed_at), old, ends, to_micros(x.created_at),
                to_micros(x.updated_at));
}

void sql_inbound_store::note(const operator_stamp& by, timestamp now, std::string action,
                             const inbound_source& x, std::string detail) {
  auto entry = operator_entry(by, now, std::move(action), "inbound:" + x.name);
  entry.company_id = x.company_id;
  entry.detail = std::move(detail);
  audit_.append(entry);
}

} // namespace carillon::sql
