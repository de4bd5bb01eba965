#include "tests/e2e/remote_process.hpp"

#include <unistd.h>

namespace carillon::test {

remote_process::remote_process(const std::string& log_file, uint16_t port, const std::string& key,
                               const std::vector<std::string>& arguments, const variables& more) {
  std::vector<std::string> all;
  for (const auto& [name, value] : more)
    all.push_back(name + '=' + value);
  all.insert(all.end(), {REMOTE_APP, std::to_string(port), key.empty() ? "none" : key});
  all.insert(all.end(), arguments.begin(), arguments.end());
  child_ = std::make_unique<process>("/usr/bin/env", all, log_file);
}

std::string remote_process::line(std::chrono::milliseconds deadline) {
  return child_->read_line(deadline).value_or("");
}

std::vector<std::string> remote_process::lines() {
  std::vector<std::string> out;
  while (auto x = child_->read_line())
    out.push_back(std::move(*x));
  return out;
}

std::vector<std::string> run_remote(const std::string& log_file, uint16_t port,
                                    const std::string& key,
                                    const std::vector<std::string>& arguments,
                                    const variables& more) {
  return remote_process{log_file, port, key, arguments, more}.lines();
}

bool logs(const node_process& node, const std::string& text, std::chrono::milliseconds deadline) {
  return eventually([&] { return node.log().find(text) != std::string::npos; }, deadline);
}

bool serves(const node_process& node) {
  auto got = node.data()->Post("/api/events",
                               R"({"type":"order.shipped","companyId":"c-1","data":)"
                               R"({"orderId":"o-1","carrier":"x","trackingNumber":"t"}})",
                               "application/json");
  return got && got->status == 201;
}

} // namespace carillon::test
