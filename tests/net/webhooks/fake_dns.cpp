#include "tests/net/webhooks/fake_dns.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

namespace carillon::test {

namespace {

struct zone {
  std::mutex mutex;
  std::condition_variable idle;
  std::map<std::string, fake_dns::answers> hosts;
  int lookups = 0;
};

zone& the_zone() {
  // Look-ups may outlive main().
  static auto* out = new zone;
  return *out;
}

using resolver = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

int system_lookup(const char* host, const char* service, const addrinfo* hints, addrinfo** out) {
  static auto f = reinterpret_cast<resolver>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return f(host, service, hints, out);
}

/// One list of all addresses, as the system would make it.
int chain(const std::vector<std::string>& addresses, const char* service, const addrinfo* hints,
          addrinfo** out) {
  *out = nullptr;
  for (auto** last = out; const auto& x : addresses) {
    if (system_lookup(x.c_str(), service, hints, last) != 0)
      continue;
    while (*last != nullptr)
      last = &(*last)->ai_next;
  }
  return *out != nullptr ? 0 : EAI_NONAME;
}

} // namespace

fake_dns::fake_dns(std::string host, answers f) : host_(std::move(host)) {
  std::lock_guard lock{the_zone().mutex};
  the_zone().hosts[host_] = std::move(f);
}

fake_dns::~fake_dns() {
  std::unique_lock lock{the_zone().mutex};
  the_zone().idle.wait(lock, [] { return the_zone().lookups == 0; });
  the_zone().hosts.erase(host_);
}

} // namespace carillon::test

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** out) noexcept(false) {
  using namespace carillon::test;
  auto& zone = the_zone();
  fake_dns::answers f;
  {
    std::lock_guard lock{zone.mutex};
    auto at = host != nullptr ? zone.hosts.find(host) : zone.hosts.end();
    if (at != zone.hosts.end()) {
      f = at->second;
      ++zone.lookups;
    }
  }
  if (!f)
    return system_lookup(host, service, hints, out);
  auto addresses = f();
  auto result = chain(addresses, service, hints, out);
  std::lock_guard lock{zone.mutex};
  --zone.lookups;
  zone.idle.notify_all();
  return result;
}
