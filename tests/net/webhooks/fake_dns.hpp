#pragma once

#include <functional>
#include <string>
#include <vector>

namespace carillon::test {

/// Replaces the system's resolver for one host name during its lifetime: this executable has its
/// own getaddrinfo(). The function is called for each look-up, on a thread of libcurl; it may
/// block, and returns addresses, or none for a name that does not exist.
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
