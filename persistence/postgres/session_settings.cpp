#include "persistence/postgres/session_settings.hpp"

namespace carillon::postgres {

namespace {

struct setting {
  const char* name;
  const char* value;
};

/// Formats of texts, bytes, numbers and times, in both directions.
constexpr setting forms[] = {{"client_encoding", "UTF8"},
                             {"bytea_output", "hex"},
                             {"standard_conforming_strings", "on"},
                             {"backslash_quote", "safe_encoding"},
                             {"escape_string_warning", "off"},
                             {"array_nulls", "on"},
                             {"transform_null_equals", "off"},
                             {"DateStyle", "ISO, YMD"},
                             {"IntervalStyle", "iso_8601"},
                             {"TimeZone", "UTC"},
                             {"extra_float_digits", "1"}};

/// Visibility within a transaction. Rows that a policy would hide are an error instead.
constexpr setting visibility[] = {{"default_transaction_isolation", "read committed"},
                                  {"default_transaction_deferrable", "off"},
                                  {"row_security", "off"},
                                  {"exit_on_error", "off"}};

/// Each statement is written for an index; statistics must not make the server choose another plan.
constexpr setting plans[] = {{"enable_indexscan", "on"},        {"enable_indexonlyscan", "on"},
                             {"enable_nestloop", "on"},         {"enable_seqscan", "off"},
                             {"enable_bitmapscan", "off"},      {"enable_hashjoin", "off"},
                             {"enable_mergejoin", "off"},       {"enable_sort", "off"},
                             {"enable_material", "off"},        {"jit", "off"},
                             {"enable_incremental_sort", "off"}};

/// Settings of newer servers; an older one reports an unknown setting as an error.
constexpr setting newer[] = {{"idle_session_timeout", "0"}, {"transaction_timeout", "0"}};

template <size_t N>
void add(std::string& out, const setting (&xs)[N]) {
  for (const auto& x : xs)
    out += std::string{"SET "} + x.name + " = '" + x.value + "'; ";
}

std::string literal_of(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string{"''"} : std::string{c};
  return out + "'";
}

} // namespace

std::string statement_to_pin_schema(bool for_transaction) {
  return std::string{"SELECT set_config('search_path', concat_ws(', ', quote_ident(n.nspname), "
                     "nullif(current_setting('search_path'), '')), "}
         + (for_transaction ? "true" : "false")
         + ") FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
           "WHERE c.oid = to_regclass('schema_migrations') "
           "AND current_schema() IS DISTINCT FROM n.nspname; ";
}

std::string statements_to_pin(const postgres_options& x, bool read_only) {
  std::string out;
  auto set = [&](const char* name, int64_t value) {
    out += std::string{"SET "} + name + " = " + std::to_string(value) + "; ";
  };
  // The role's own limit may be too short for the rest.
  set("statement_timeout", x.statement_timeout.count());
  add(out, forms);
  add(out, visibility);
  add(out, plans);
  for (const auto& [name, value] : newer)
    out += std::string{"SELECT set_config('"} + name + "', '" + value
           + "', false) WHERE current_setting('" + name + "', true) IS NOT NULL; ";
  set("lock_timeout", x.lock_timeout.count());
  set("idle_in_transaction_session_timeout", x.idle_timeout.count());
  // The server, too, finds out that a client is gone: it may hold a lock.
  set("tcp_user_timeout", x.idle_timeout.count());
  set("tcp_keepalives_idle", 2);
  set("tcp_keepalives_interval", 1);
  set("tcp_keepalives_count", 3);
  out += statement_to_pin_schema(false);
  // An acknowledged commit is on disk. Waiting for more, such as a standby, is the operator's
  // choice.
  out += "SELECT set_config('synchronous_commit', 'on', false) "
         "WHERE current_setting('synchronous_commit') = 'off'; ";
  // A commit whose wait for a standby was cancelled answers success, with a warning.
  out += "SET application_name = " + literal_of(x.application)
         + "; SET client_min_messages = warning; "
           "SET default_transaction_read_only = ";
  return out + (read_only ? "on" : "off");
}

} // namespace carillon::postgres
