#include "persistence/postgres/database_files.hpp"

#include "base/time.hpp"
#include "persistence/postgres/column_text.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/node_lock.hpp"

// The owner of the epoch stays the same for as long as a statement runs: who counts it up waits.
#define CARILLON_OWN "WITH own AS (SELECT 1 FROM node_lease WHERE epoch = $1 FOR SHARE), "

// Bytes that are not those of their hash.
#define CARILLON_REPLACE_DAMAGED                                                                   \
  "ON CONFLICT (sha256) DO UPDATE SET content = EXCLUDED.content "                                 \
  "WHERE document_contents.content <> EXCLUDED.content) "

namespace carillon::postgres {

namespace {

failure too_large(size_t bytes) {
  return {ec::too_large,
          "a document of " + std::to_string(bytes)
            + " bytes is too large for the database: at most "
            + std::to_string(max_shared_document_bytes),
          {}};
}

} // namespace

expected<void> database_files::write(const char* statement, const connection::parameters& xs) {
  auto all = xs;
  all.insert(all.begin(), epoch_.c_str());
  const auto found = writes_.ask(statement, all);
  if (found[0][0].as<int64_t>() == 0)
    return node_lock::taken_over();
  if (found.columns() > 1 && found[0][1].as<int64_t>() == 0)
    return failure{ec::not_found, "no document on record has these bytes", {}};
  if (writes_.warned())
    writes_.confirm();
  return {};
}

expected<void> database_files::keep(const char* statement, const std::string& sha256,
                                    std::string_view bytes) {
  if (bytes.size() > max_shared_document_bytes)
    return too_large(bytes.size());
  const auto content = hex_of(bytes);
  const auto now = std::to_string(to_micros(wall_clock_now()));
  const std::lock_guard guard{writing_};
  try {
    return write(statement, {sha256.c_str(), content.c_str(), now.c_str()});
  } catch (const std::exception& x) {
    return to_failure(x);
  }
}

expected<void> database_files::put_document(const std::string& sha256, std::string_view bytes) {
  return keep(CARILLON_OWN "put AS (INSERT INTO document_contents (sha256, content, created_at) "
                           "SELECT $2, $3::bytea, $4::bigint FROM own " CARILLON_REPLACE_DAMAGED
                           "SELECT count(*) FROM own",
              sha256, bytes);
}

/// Who deletes the record waits for the statement, and finds the bytes.
expected<void> database_files::adopt_document(const std::string& sha256, std::string_view bytes) {
  return keep(CARILLON_OWN
              "record AS (SELECT 1 FROM documents WHERE sha256 = $2 LIMIT 1 FOR SHARE), "
              "put AS (INSERT INTO document_contents (sha256, content, created_at) "
              "SELECT $2, $3::bytea, $4::bigint FROM own, record " CARILLON_REPLACE_DAMAGED
              "SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM record)",
              sha256, bytes);
}

expected<std::string> database_files::read_document(const std::string& sha256) {
  const std::lock_guard guard{reading_};
  try {
    const auto found
      = reads_.ask("SELECT content FROM document_contents WHERE sha256 = $1", {sha256.c_str()});
    if (found.empty())
      return failure{ec::not_found, "the content of the document is not in the database", {}};
    return bytes_from({found[0][0].c_str(), found[0][0].size()});
  } catch (const std::exception& x) {
    return to_failure(x);
  }
}

expected<void> database_files::remove_document(const std::string& sha256) {
  const std::lock_guard guard{writing_};
  try {
    return write(CARILLON_OWN "gone AS (DELETE FROM document_contents WHERE sha256 = $2 "
                              "AND EXISTS (SELECT FROM own)) SELECT count(*) FROM own",
                 {sha256.c_str()});
  } catch (const std::exception& x) {
    return to_failure(x);
  }
}

expected<std::string> database_files::installation(const std::string& proposed) {
  const std::lock_guard guard{writing_};
  try {
    auto written
      = write(CARILLON_OWN "put AS (INSERT INTO installation (one, id) SELECT 1, $2 FROM own "
                           "ON CONFLICT (one) DO NOTHING) SELECT count(*) FROM own",
              {proposed.c_str()});
    if (!written)
      return written.error();
    const auto found = writes_.ask("SELECT id FROM installation", {});
    return std::string{found[0][0].c_str()};
  } catch (const std::exception& x) {
    return to_failure(x);
  }
}

} // namespace carillon::postgres

#undef CARILLON_OWN
#undef CARILLON_REPLACE_DAMAGED
