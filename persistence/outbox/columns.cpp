#include "persistence/outbox/columns.hpp"

namespace carillon {

std::string list_of(const std::vector<uint64_t>& seqs) {
  std::string out;
  for (auto x : seqs)
    out += (out.empty() ? "" : ",") + std::to_string(x);
  return out;
}

std::string statement_to_claim(std::string_view time, std::string_view bytes,
                               const outbox_options& options, const std::vector<uint64_t>& but) {
  std::string out = "SELECT seq, id, type, source, ";
  out += time;
  out += ", company_id, user_id, correlation_id, causation_id, traceparent, audience, data, "
         "metadata FROM (SELECT x.*, sum(";
  out += bytes;
  // The rest of an event has about so many bytes.
  out += " + 512) OVER (ORDER BY seq) AS bytes_so_far, row_number() OVER (ORDER BY seq) AS place "
         "FROM (SELECT * FROM carillon_outbox ";
  if (!but.empty())
    out += "WHERE seq NOT IN (" + list_of(but) + ") ";
  out += "ORDER BY seq LIMIT ";
  out += std::to_string(options.batch_rows);
  out += ") AS x) AS y WHERE bytes_so_far <= " + std::to_string(options.batch_bytes)
         + " OR place = 1 ORDER BY seq";
  return out;
}

std::string statement_to_look(std::string_view age, uint64_t most,
                              const std::vector<uint64_t>& but) {
  const auto limit = std::to_string(most);
  const auto waiting = but.empty()
                         ? std::string{"FROM carillon_outbox "}
                         : "FROM carillon_outbox WHERE seq NOT IN (" + list_of(but) + ") ";
  std::string out = "SELECT (SELECT count(*) FROM (SELECT 1 " + waiting + "LIMIT " + limit
                    + ") AS x), (SELECT count(*) FROM (SELECT 1 FROM carillon_outbox_refused LIMIT "
                    + limit + ") AS y), coalesce((SELECT ";
  out += age;
  out += ' ' + waiting + "ORDER BY seq LIMIT 1), 0)";
  return out;
}

std::string statement_to_restore(const std::vector<uint64_t>& seqs) {
  const auto kept = std::string{outbox_columns_but_seq};
  return "INSERT INTO carillon_outbox (" + kept + ") SELECT " + kept
         + " FROM carillon_outbox_refused WHERE seq IN (" + list_of(seqs) + ") ORDER BY seq";
}

std::string statement_to_list_aside(std::string_view time, std::string_view bytes, uint64_t after,
                                    size_t most) {
  std::string out = "SELECT seq, id, type, source, company_id, error_code, error_detail, ";
  out += time;
  out += ", ";
  out += bytes;
  // All of the last number: the next page begins behind it.
  const auto page = " FROM carillon_outbox_refused WHERE seq > " + std::to_string(after);
  return out + page + " AND seq <= (SELECT max(seq) FROM (SELECT seq" + page
         + " ORDER BY seq LIMIT " + std::to_string(most) + ") AS x) ORDER BY seq, refused_at";
}

failure no_outbox() {
  return {ec::store_refused,
          "the database has no table carillon_outbox; `carillon outbox ddl` prints it", "from"};
}

failure owned_by_another() {
  return {ec::store_locked, "another relay has the outbox; this one stands by", {}};
}

} // namespace carillon
