#pragma once

#include "net/data/port/data_port.hpp"
#include "tests/net/admin/admin_fixture.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace carillon::test {

/// An admin port with a portal, and a data port that serves it.
class portal_fixture {
public:
  /// A token may do all that there is.
  static constexpr const char* everything
    = R"(["endpoints","secrets","test","deliveries","resend"])";

  explicit portal_fixture(admin_port_options options = with_portal());
  portal_fixture(const portal_fixture&) = delete;
  portal_fixture& operator=(const portal_fixture&) = delete;
  ~portal_fixture();

  static admin_port_options with_portal();

  /// Makes a token for company A with the unbound admin's key.
  std::string token(const std::string& may = everything, const std::string& company = "A",
                    int seconds = 60);

  /// Asks the data port.
  admin_answer send(const std::string& method, const std::string& path, const std::string& token,
                    const std::string& body = {}, httplib::Headers fields = {});

  uint16_t port() const {
    return data_->port();
  }

  /// Accesses that the data port refused.
  std::vector<refused_access> refusals();

  /// Fills both companies: webhook, delivery and event 1 are of A, 2 of B.
  void populate();

  admin_fixture operators;

private:
  std::vector<refused_access> refusals_;
  std::mutex refusals_mutex_;
  std::unique_ptr<data_port> data_;
};

} // namespace carillon::test
