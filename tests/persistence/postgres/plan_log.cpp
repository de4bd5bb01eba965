#include "tests/persistence/postgres/plan_log.hpp"

#include "tests/support/json.hpp"

#include <fstream>

namespace carillon::test {

namespace {

std::string text_in(const rapidjson::Value& x, const char* member) {
  auto found = x.FindMember(member);
  return found == x.MemberEnd() ? std::string{} : found->value.GetString();
}

double number_in(const rapidjson::Value& x, const char* member) {
  auto found = x.FindMember(member);
  return found == x.MemberEnd() ? 0 : found->value.GetDouble();
}

/// They need all their rows before they return the first one.
bool takes_all(const std::string& node) {
  return node.ends_with("Sort") || node == "Aggregate" || node == "Hash" || node == "WindowAgg"
         || node == "ModifyTable";
}

void add_nodes(const rapidjson::Value& x, bool limited, plan& out) {
  auto name = text_in(x, "Node Type");
  auto loops = x.HasMember("Actual Loops") ? number_in(x, "Actual Loops") : 1;
  auto rows = number_in(x, "Actual Rows") * loops;
  if (name.ends_with("Scan") && name != "Function Scan" && name != "Subquery Scan"
      && name != "CTE Scan" && name != "Values Scan" && name != "WorkTable Scan")
    out.scans.push_back(
      {name, text_in(x, "Relation Name"), text_in(x, "Index Name"), text_in(x, "Index Cond"),
       x.HasMember("Filter"), limited,
       rows
         + (number_in(x, "Rows Removed by Filter") + number_in(x, "Rows Removed by Index Recheck"))
             * loops});
  if (name.ends_with("Sort"))
    out.rows_sorted += rows;
  if (auto below = x.FindMember("Plans"); below != x.MemberEnd())
    for (const auto& child : below->value.GetArray())
      add_nodes(child, name == "Limit" || (limited && !takes_all(name)), out);
}

} // namespace

plan parse_plan(const std::string& json) {
  rapidjson::Document all;
  all.Parse(json.c_str());
  REQUIRE_FALSE(all.HasParseError());
  const auto& x = all.IsArray() ? all[0] : all;
  plan out;
  out.statement = text_in(x, "Query Text");
  add_nodes(x["Plan"], false, out);
  return out;
}

first_columns indexes_of(const std::string& url) {
  pqxx::connection db{url};
  pqxx::nontransaction work{db};
  first_columns out;
  for (const auto& row : work.exec("SELECT c.relname, pg_get_indexdef(i.indexrelid, 1, true) "
                                   "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"))
    out[row[0].c_str()] = row[1].c_str();
  return out;
}

plan_log::plan_log(own_postgres& server) : server_(server), indexes_(indexes_of(server.url())) {
  for (const auto* setting : {"session_preload_libraries = 'auto_explain'",
                              "auto_explain.log_min_duration = 0", "auto_explain.log_analyze = on",
                              "auto_explain.log_timing = off", "auto_explain.log_format = 'json'"})
    server_.administer(std::string{"ALTER ROLE carillon SET "} + setting);
  offset_ = std::filesystem::file_size(server_.log_file());
}

plan_log::~plan_log() {
  try {
    server_.administer("ALTER ROLE carillon RESET ALL");
  } catch (const std::exception& x) {
    MESSAGE(x.what());
  }
}

std::vector<plan> plan_log::take() {
  std::ifstream in{server_.log_file()};
  in.seekg(static_cast<std::streamoff>(offset_));
  std::vector<plan> out;
  std::string json;
  // The lines of a plan begin with a tab.
  for (std::string line; std::getline(in, line);) {
    offset_ += line.size() + 1;
    if (line.starts_with('\t')) {
      json += line;
    } else if (!json.empty()) {
      out.push_back(parse_plan(json));
      json.clear();
    }
    if (line == "\t}") {
      out.push_back(parse_plan(json));
      json.clear();
    }
  }
  return out;
}

} // namespace carillon::test
