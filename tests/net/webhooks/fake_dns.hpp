#pragma once

#include <functional>
#include <string>
#include <vector>

namespace carillon::test {

/// Takes the place of the system's resolver for one host name, as long as it lives: this
/// executable has a getaddrinfo() of its own. The function is called for each look-up, on a
/// thread of libcurl; it may block, and returns addresses, or none for a name that does not exist.
class fake_dns {
public:
  using answers = std::function<std::vector<std::string>()>;

  fake_dns(std::string host, answers f);

  /// Waits for look-ups under way.
  ~fake_dns();

  fake_dns(const fake_dns&) = delete;
  fake_dns& operator=(const fake_dns&) = delete;

private:
  std::string host_;
};

} // namespace carillon::test
