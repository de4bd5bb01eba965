#include "persistence/state/evidence/sql_evidence_store.hpp"

#include "messages/evidence/event_proof.hpp"
#include "persistence/hours.hpp"
#include "persistence/state/operators/operator_audit.hpp"

#include <algorithm>

namespace carillon::sql {

namespace {

namespace q {

const sql_query evidence_tree{"evidence_tree",
                              "SELECT size, frontier, salt FROM evidence_tree WHERE one = 1"};
const sql_query save_evidence_tree{
  "save_evidence_tree",
  "UPDATE evidence_tree SET size = ?1, frontier = ?2, salt = ?3 WHERE one = 1"};
const sql_query evidence_node{"evidence_node",
                              "SELECT hash FROM evidence_nodes WHERE level = ?1 AND number = ?2"};
const sql_query put_evidence_node{
  "put_evidence_node", "INSERT INTO evidence_nodes (level, number, hash) VALUES (?1, ?2, ?3) "
                       "ON CONFLICT (level, number) DO UPDATE SET hash = excluded.hash"};
const sql_query evidence_prefixes{"evidence_prefixes",
                                  "SELECT prefixes FROM evidence_leaves WHERE chunk = ?1"};
const sql_query put_evidence_prefixes{
  "put_evidence_prefixes", "INSERT INTO evidence_leaves (chunk, prefixes) VALUES (?1, ?2) "
                           "ON CONFLICT (chunk) DO UPDATE SET prefixes = excluded.prefixes"};
const sql_query newest_evidence_head{
  "newest_evidence_head",
  "SELECT size, time, note FROM evidence_heads WHERE size > 0 ORDER BY size DESC LIMIT 1"};
const sql_query evidence_heads_after{
  "evidence_heads_after",
  "SELECT size, time, note FROM evidence_heads WHERE size > ?1 ORDER BY size LIMIT ?2"};
const sql_query replace_evidence_head{
  "replace_evidence_head", "DELETE FROM evidence_heads WHERE hour = ?1 AND size = (SELECT size "
                           "FROM evidence_heads WHERE size > 0 ORDER BY size DESC LIMIT 1)"};
const sql_query put_evidence_head{
  "put_evidence_head", "INSERT INTO evidence_heads (size, hour, time, note) VALUES (?1, ?2, ?3, "
                       "?4) ON CONFLICT (size) DO UPDATE SET hour = excluded.hour, "
                       "time = excluded.time, note = excluded.note"};
const sql_query evidence_keys{
  "evidence_keys", "SELECT number, key, since FROM evidence_keys WHERE number > 0 ORDER BY number"};
const sql_query forget_evidence_key{"forget_evidence_key",
                                    "DELETE FROM evidence_keys WHERE key = ?1"};
const sql_query insert_evidence_key{
  "insert_evidence_key", "INSERT INTO evidence_keys (number, key, since) VALUES (?1, ?2, ?3)"};
const sql_query forget_evidence_heads{"forget_evidence_heads",
                                      "DELETE FROM evidence_heads WHERE size >= 0"};
const sql_query forget_sealer_retries{"forget_sealer_retries",
                                      "DELETE FROM handler_retries WHERE consumer = ?1"};
const sql_query forget_sealer{"forget_sealer", "DELETE FROM consumers WHERE name = ?1"};

} // namespace q

constexpr auto prefix_bytes = evidence_store::prefix_bytes;
constexpr auto chunk_bytes = evidence_store::chunk_leaves * prefix_bytes;
constexpr std::string_view sealer_name{evidence_store::consumer};

signed_head head_of(const statement& row) {
  return {.size = row.number(0), .time = from_micros(row.integer(1)), .note = row.string(2)};
}

std::vector<listed_key> all_keys(statement_cache& sql) {
  std::vector<listed_key> out;
  auto row = sql.query(q::evidence_keys);
  while (row.next())
    out.push_back({row->string(1), from_micros(row->integer(2))});
  return out;
}

} // namespace

expected<sealed_tree> sql_evidence_store::tree() {
  return db_.reading([&]() -> expected<sealed_tree> {
    auto found = read();
    const auto end = end_.read();
    return sealed_tree{
      std::move(found.tree), std::move(found.salt), {end.number, to_hex(end.hash)}};
  });
}

expected<tree_hash> sql_evidence_store::subtree(unsigned level, uint64_t number) {
  return db_.reading([&]() -> expected<tree_hash> {
    auto row = db_.sql().query(q::evidence_node, level, number);
    const auto hash = row.next() ? tree_hash_from(row->text(0)) : std::nullopt;
    if (!hash)
      return failure{ec::not_found,
                     "the tree has no root of level " + std::to_string(level) + " and number "
                       + std::to_string(number),
                     {}};
    return *hash;
  });
}

expected<std::string> sql_evidence_store::prefixes(uint64_t chunk) {
  return db_.reading([&]() -> expected<std::string> { return read_prefixes(chunk); });
}

expected<signed_state> sql_evidence_store::signed_by_node() {
  return db_.reading([&]() -> expected<signed_state> {
    signed_state out;
    {
      auto row = db_.sql().query(q::newest_evidence_head);
      if (row.next())
        out.head = head_of(*row);
    }
    out.keys = all_keys(db_.sql());
    return out;
  });
}

expected<std::vector<signed_head>> sql_evidence_store::heads(uint64_t after, size_t limit) {
  return db_.reading([&]() -> expected<std::vector<signed_head>> {
    std::vector<signed_head> out;
    auto row = db_.sql().query(q::evidence_heads_after, after, limit);
    while (row.next())
      out.push_back(head_of(*row));
    return out;
  });
}

expected<void> sql_evidence_store::store(const store_head& x) {
  const auto head = checkpoint_of(x.head.note);
  if (x.record && !head)
    return head.error();
  return db_.writing([&]() -> expected<void> {
    auto& sql = db_.sql();
    const auto hour = hour_of(x.head.time);
    sql.run(q::replace_evidence_head, hour);
    sql.run(q::put_evidence_head, x.head.size, hour, to_micros(x.head.time),
            std::string_view{x.head.note});
    if (x.record)
      record(*head, x.head.time);
    return {};
  });
}

void sql_evidence_store::record(const checkpoint& head, timestamp now) {
  auto row = operator_entry({.who = "engine"}, now, signed_action, "evidence");
  const auto keys = all_keys(db_.sql());
  row.detail = audit_detail{}
                 .add("origin", std::string_view{head.origin})
                 .add("key", std::string_view{keys.empty() ? std::string{} : keys.back().text})
                 .add("size", head.size)
                 .add("root", std::string_view{to_hex(head.root)})
                 .text();
  trail_.append(row);
}

expected<void> sql_evidence_store::list_key(const std::string& key, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    auto& sql = db_.sql();
    uint64_t last = 0;
    std::string newest;
    {
      auto row = sql.query(q::evidence_keys);
      while (row.next()) {
        last = row->number(0);
        newest = row->string(1);
      }
    }
    if (newest == key)
      return {};
    // An older one that is in use again becomes the newest.
    sql.run(q::forget_evidence_key, std::string_view{key});
    sql.run(q::insert_evidence_key, last + 1, std::string_view{key}, to_micros(now));
    if (last == 0)
      return {};
    auto row = operator_entry({.who = "engine"}, now, "evidence.key_changed", "evidence");
    row.detail = audit_detail{}
                   .add("key", std::string_view{key})
                   .add("before", std::string_view{newest})
                   .text();
    trail_.append(row);
    return {};
  });
}

expected<void> sql_evidence_store::bind_salt(const std::string& fingerprint) {
  return db_.writing([&]() -> expected<void> {
    auto now = read();
    if (now.salt == fingerprint)
      return {};
    if (now.tree.size() > 0)
      return failure{
        ec::conflict, "the tree over the log was made with the salt key " + now.salt, {}};
    now.salt = fingerprint;
    save(now);
    return {};
  });
}

expected<void> sql_evidence_store::restart(const std::string& fingerprint, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto old = read();
    auto& sql = db_.sql();
    // Nodes and leaves beyond the size are never read, and are replaced when the tree gets there.
    sql.run(q::forget_evidence_heads);
    sql.run(q::forget_sealer_retries, sealer_name);
    sql.run(q::forget_sealer, sealer_name);
    save({.tree = {}, .salt = fingerprint, .prefixes = {}});
    auto row = operator_entry({.who = "cli"}, now, restarted_action, "evidence");
    const auto root = old.tree.root();
    row.detail = audit_detail{}
                   .add("size", old.tree.size())
                   .add("root", std::string_view{to_hex(root)})
                   .text();
    trail_.append(row);
    return {};
  });
}

void sql_evidence_store::begin() {
  growing_.reset();
}

void sql_evidence_store::apply(const effects& x, timestamp /*now*/) {
  const auto& leaves = x.all<event_leaf>();
  if (leaves.empty())
    return;
  if (!growing_) {
    growing_ = read();
    growing_->prefixes = read_prefixes(growing_->tree.size() / chunk_leaves);
    growing_->prefixes.resize(growing_->tree.size() % chunk_leaves * prefix_bytes);
  }
  for (const auto& leaf : leaves)
    add(*growing_, leaf);
}

void sql_evidence_store::finish() {
  if (!growing_)
    return;
  if (!growing_->prefixes.empty())
    save_prefixes(*growing_);
  save(*growing_);
  growing_.reset();
}

sql_evidence_store::growing sql_evidence_store::read() {
  auto row = db_.sql().query(q::evidence_tree);
  auto tree = row.next() ? tree_frontier::from(row->number(0), row->text(1)) : std::nullopt;
  if (!tree)
    throw damage{"the tree over the log has lost its frontier"};
  return {std::move(*tree), row->string(2), {}};
}

std::string sql_evidence_store::read_prefixes(uint64_t chunk) {
  auto row = db_.sql().query(q::evidence_prefixes, chunk);
  return row.next() ? row->string(0) : std::string{};
}

void sql_evidence_store::add(growing& to, const event_leaf& x) {
  const auto size = to.tree.size();
  if (x.seq <= size)
    return;
  if (x.seq != size + 1)
    throw damage{"the tree over the log ends at " + std::to_string(size) + ", and event "
                 + std::to_string(x.seq) + " was to follow"};
  to.tree.add(x.hash, [&](unsigned level, uint64_t number, const tree_hash& hash) {
    if (level >= block_level)
      db_.sql().run(q::put_evidence_node, level, number, blob_view{view_of(hash)});
  });
  to.prefixes += view_of(x.hash).substr(0, prefix_bytes);
  if (to.prefixes.size() == chunk_bytes) {
    save_prefixes(to);
    to.prefixes.clear();
  }
}

void sql_evidence_store::save_prefixes(const growing& x) {
  db_.sql().run(q::put_evidence_prefixes, (x.tree.size() - 1) / chunk_leaves,
                blob_view{x.prefixes});
}

void sql_evidence_store::save(const growing& x) {
  const auto frontier = x.tree.bytes();
  db_.sql().run(q::save_evidence_tree, x.tree.size(), blob_view{frontier},
                std::string_view{x.salt});
}

} // namespace carillon::sql
