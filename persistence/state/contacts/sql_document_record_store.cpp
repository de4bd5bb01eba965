#include "persistence/state/contacts/sql_document_record_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql/pages.hpp"

#include <algorithm>

#define CARILLON_DOCUMENTS                                                                         \
  "SELECT id, key, kind, company_id, user_id, event_seq, file_name, content_type, size, sha256, "  \
  "created_at FROM documents "
#define CARILLON_OLD_DOCUMENTS                                                                     \
  "SELECT d.id, d.key, d.kind, d.company_id, d.user_id, d.event_seq, d.file_name, "                \
  "d.content_type, d.size, d.sha256, d.created_at, (SELECT count(*) FROM documents o "             \
  "WHERE o.sha256 = d.sha256 AND o.id <> d.id) FROM documents d "

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_document{
  "insert_document",
  "INSERT INTO documents (key, kind, company_id, user_id, event_seq, file_name, "
  "content_type, size, sha256, created_at) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (key) DO NOTHING"};
const sql_query document_by_id{"document_by_id", CARILLON_DOCUMENTS "WHERE id = ?1"};
const sql_query document_by_key{"document_by_key", CARILLON_DOCUMENTS "WHERE key = ?1"};
const sql_query documents{"documents",
                          CARILLON_DOCUMENTS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2"};
const sql_query documents_of_company{"documents_of_company", CARILLON_DOCUMENTS
                                     "WHERE company_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"};
const sql_query old_documents{"old_documents", CARILLON_OLD_DOCUMENTS
                              "WHERE d.created_at < ?1 AND (?3 = 0 OR d.company_id = ?4) "
                              "ORDER BY d.created_at, d.id LIMIT ?2"};
const sql_query old_document{"old_document", CARILLON_OLD_DOCUMENTS "WHERE d.id = ?1"};
const sql_query erase_document{"erase_document", "DELETE FROM documents WHERE id = ?1"};

} // namespace q

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

expected<document> sql_document_record_store::find_one(uint64_t id, const std::string& key) {
  auto row = id != 0 ? db_.sql().query(q::document_by_id, id)
                     : db_.sql().query(q::document_by_key, std::string_view{key});
  if (!row.next())
    return failure{ec::not_found, "there is no such document", "id"};
  return document_of(*row);
}

expected<document> sql_document_record_store::add(const add_document& x, timestamp now) {
  return db_.writing([&]() -> expected<document> {
    const auto& y = x.what;
    db_.sql().run(q::insert_document, std::string_view{y.key}, std::string_view{y.kind},
                  std::string_view{y.company_id}, std::string_view{y.user_id}, y.event_seq,
                  std::string_view{y.file_name}, std::string_view{y.content_type}, y.size,
                  std::string_view{y.sha256}, to_micros(now));
    return find_one(0, y.key);
  });
}

expected<document> sql_document_record_store::get(const get_document& x) {
  return db_.reading([&]() -> expected<document> {
    auto found = find_one(x.id, x.key);
    if (found && x.company_id && found->company_id != *x.company_id)
      return failure{ec::not_found, "there is no such document", "id"};
    return found;
  });
}

expected<document_page> sql_document_record_store::list(const list_documents& x) {
  return db_.reading([&]() -> expected<document_page> {
    const auto limit = limit_of(x.page);
    auto found = x.page.company_id
                   ? db_.sql().query(q::documents_of_company, bound_of(x.page), limit + 1,
                                     std::string_view{*x.page.company_id})
                   : db_.sql().query(q::documents, bound_of(x.page), limit + 1);
    return take_page<document>(found, limit, document_of, [](const document& y) { return y.id; });
  });
}

expected<old_documents> sql_document_record_store::find(const find_old_documents& x) {
  return db_.reading([&]() -> expected<old_documents> {
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    old_documents out;
    auto row = x.id != 0 ? db_.sql().query(q::old_document, x.id)
                         : db_.sql().query(q::old_documents, to_micros(x.before), limit,
                                           x.company_id ? 1 : 0, company);
    while (row.next()) {
      old_document found{document_of(*row), row->number(11)};
      if (!x.company_id || found.what.company_id == *x.company_id)
        out.push_back(std::move(found));
    }
    return out;
  });
}

expected<uint64_t> sql_document_record_store::remove(const remove_documents& x, timestamp now) {
  return db_.writing([&]() -> expected<uint64_t> {
    uint64_t count = 0;
    for (auto id : x.ids) {
      auto found = find_one(id, {});
      if (!found)
        continue;
      db_.sql().run(q::erase_document, id);
      ++count;
      if (x.by.who.empty())
        continue;
      auto entry = operator_entry(x.by, now, "document.deleted", "document:" + std::to_string(id));
      entry.company_id = found->company_id;
      entry.detail = audit_detail{}
                       .add("kind", std::string_view{found->kind})
                       .add("eventSeq", found->event_seq)
                       .text();
      audit_.append(entry);
    }
    return count;
  });
}

} // namespace carillon::sql
