#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>

// Documents made from events.

namespace carillon::sql {

namespace {

document document_of(const statement& row) {
  return {.id = row.number(0),
          .key = row.string(1),
          .kind = row.string(2),
          .company_id = row.string(3),
          .user_id = row.string(4),
          .event_seq = row.number(5),
          .file_name = row.string(6),
          .content_type = row.string(7),
          .size = row.number(8),
          .sha256 = row.string(9),
          .created_at = from_micros(row.integer(10))};
}

} // namespace

expected<document> sql_state_store::find_document(uint64_t id, const std::string& key) {
  auto row = id != 0 ? link_->people.query(people_query::document_by_id, id)
                     : link_->people.query(people_query::document_by_key, std::string_view{key});
  if (!row.next())
    return failure{ec::not_found, "there is no such document", "id"};
  return document_of(*row);
}

expected<document> sql_state_store::add(const add_document& x, timestamp now) {
  return writing([&]() -> expected<document> {
    const auto& y = x.what;
    link_->people.run(people_query::insert_document, std::string_view{y.key},
                      std::string_view{y.kind}, std::string_view{y.company_id},
                      std::string_view{y.user_id}, y.event_seq, std::string_view{y.file_name},
                      std::string_view{y.content_type}, y.size, std::string_view{y.sha256},
                      to_micros(now));
    return find_document(0, y.key);
  });
}

expected<document> sql_state_store::get(const get_document& x) {
  return reading([&]() -> expected<document> {
    auto found = find_document(x.id, x.key);
    if (found && x.company_id && found->company_id != *x.company_id)
      return failure{ec::not_found, "there is no such document", "id"};
    return found;
  });
}

expected<document_page> sql_state_store::documents(const list_documents& x) {
  return reading([&]() -> expected<document_page> {
    const auto limit = limit_of(x.page);
    auto found = x.page.company_id
                   ? link_->people.query(people_query::documents_of_company, bound_of(x.page),
                                         limit + 1, std::string_view{*x.page.company_id})
                   : link_->people.query(people_query::documents, bound_of(x.page), limit + 1);
    return take_page<document>(found, limit, document_of, [](const document& y) { return y.id; });
  });
}

expected<old_documents> sql_state_store::find(const find_old_documents& x) {
  return reading([&]() -> expected<old_documents> {
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    old_documents out;
    auto row = x.id != 0 ? link_->people.query(people_query::old_document, x.id)
                         : link_->people.query(people_query::old_documents, to_micros(x.before),
                                               limit, x.company_id ? 1 : 0, company);
    while (row.next()) {
      old_document found{document_of(*row), row->number(11)};
      if (!x.company_id || found.what.company_id == *x.company_id)
        out.push_back(std::move(found));
    }
    return out;
  });
}

expected<uint64_t> sql_state_store::remove(const remove_documents& x, timestamp now) {
  return writing([&]() -> expected<uint64_t> {
    uint64_t count = 0;
    for (auto id : x.ids) {
      auto found = find_document(id, {});
      if (!found)
        continue;
      link_->people.run(people_query::erase_document, id);
      ++count;
      if (x.by.who.empty())
        continue;
      auto entry = operator_entry(x.by, now, "document.deleted", "document:" + std::to_string(id));
      entry.company_id = found->company_id;
      entry.detail = audit_detail{}
                       .add("kind", std::string_view{found->kind})
                       .add("eventSeq", found->event_seq)
                       .text();
      append_audit_row(entry);
    }
    return count;
  });
}

} // namespace carillon::sql
