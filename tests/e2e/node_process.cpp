#include "tests/e2e/node_process.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include <poll.h>

namespace carillon::test {

std::string database_for(const std::string& data_dir, database_content content) {
  if (!has_postgres())
    return {};
  auto name = "e_" + std::to_string(std::hash<std::string>{}(data_dir));
  // It exists already if a node is started again.
  make_postgres_database(name, content);
  return postgres_url(name);
}

node_process::node_process(const std::string& data_dir, std::vector<std::string> more, bool secured)
  : log_file_(data_dir + ".log") {
  std::vector<std::string> arguments{"serve",       "--data-dir",     data_dir,     "--listen",
                                     "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"};
  const bool has_store = std::find(more.begin(), more.end(), "--store") != more.end();
  if (auto database = has_store ? std::string{} : database_for(data_dir); !database.empty())
    arguments.insert(arguments.end(), {"--store", database});
  if (!secured)
    arguments.emplace_back("--dev");
  // For measuring another build than the one under test.
  const char* other = std::getenv("CARILLON_NODE_BINARY");
  // A full disk of the machine, or a dead job of the test, would be an event more.
  if (other == nullptr && std::find(more.begin(), more.end(), "--alert-interval") == more.end())
    arguments.insert(arguments.end(), {"--alert-interval", "0s"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  child_
    = std::make_unique<process>(other != nullptr ? other : CARILLON_BINARY, arguments, log_file_);
  while (auto line = child_->read_line()) {
    unsigned data = 0;
    unsigned admin = 0;
    unsigned caf = 0;
    if (line->starts_with("admin key "))
      bootstrap_key_ = line->substr(10, line->find(' ', 10) - 10);
    if (std::sscanf(line->c_str(), "ready data=127.0.0.1:%u admin=127.0.0.1:%u", &data, &admin)
        == 2) {
      if (auto at = line->find(" caf="); at != std::string::npos)
        std::sscanf(line->c_str() + line->rfind(':'), ":%u", &caf);
      caf_port_ = static_cast<uint16_t>(caf);
      data_port_ = static_cast<uint16_t>(data);
      admin_port_ = static_cast<uint16_t>(admin);
      return;
    }
  }
}

std::unique_ptr<httplib::Client> node_process::data() const {
  auto out = std::make_unique<httplib::Client>("127.0.0.1", data_port_);
  out->set_keep_alive(true);
  out->set_tcp_nodelay(true);
  out->set_read_timeout(30);
  return out;
}

std::unique_ptr<httplib::Client> node_process::admin() const {
  auto out = std::make_unique<httplib::Client>("127.0.0.1", admin_port_);
  out->set_read_timeout(60);
  return out;
}

std::string node_process::log() const {
  std::ifstream in{log_file_};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

rapidjson::Document parse(const httplib::Result& x) {
  rapidjson::Document out;
  if (x)
    out.Parse(x->body.c_str(), x->body.size());
  if (out.HasParseError())
    out.SetNull();
  return out;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
  auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

} // namespace carillon::test
