#include "actors/evidence/witness_file.hpp"
#include "actors/evidence/witness_url.hpp"
#include "node/engine/engine_parts.hpp"

// Who keeps the checkpoints of the log outside of the node.

namespace carillon {

namespace {

/// Connections to witnesses, and requests that wait for one: each witness has one under way.
constexpr size_t witness_requests = 2 * max_witnesses;

bool is_url(const std::string& x) {
  return x.starts_with("https://") || x.starts_with("http://");
}

/// As for webhooks, but an address that the operator names in an option is one that he permits.
http_client_options witness_client_options(const http_client_options& webhooks) {
  auto out = webhooks;
  out.guard.allow = {"0.0.0.0/0", "::/0"};
  out.connections = nullptr;
  out.waiting = nullptr;
  out.max_connections = witness_requests;
  out.max_connections_per_host = witness_requests;
  out.max_queued = witness_requests;
  return out;
}

failure bad_witness(const std::string& name, const std::string& why) {
  return {ec::invalid_argument, "the witness " + name + " cannot be called: " + why, "witness"};
}

} // namespace

expected<std::vector<std::shared_ptr<witness>>> engine::parts::make_witnesses() {
  const auto& names = options.evidence.witnesses;
  if (names.size() > max_witnesses)
    return failure{ec::invalid_argument,
                   "a log has at most " + std::to_string(max_witnesses) + " witnesses", "witness"};
  std::vector<std::shared_ptr<witness>> out;
  for (const auto& name : names) {
    if (!is_url(name)) {
      auto file = witness_file::make(name);
      if (!file)
        return file.error();
      out.push_back(std::move(*file));
      continue;
    }
    if (witness_client == nullptr) {
      auto made = http_client::make(witness_client_options(options.webhooks.client));
      if (!made)
        return made.error();
      witness_client = std::move(*made);
    }
    auto url = witness_client->check(name, true);
    if (!url)
      return bad_witness(name, url.error().detail);
    // The client ends with the engine; later calls get no answer, and need none.
    auto call = [weak = std::weak_ptr{witness_client}](http_request x, http_client::callback done) {
      if (auto to = weak.lock())
        to->send(std::move(x), std::move(done));
    };
    out.push_back(std::make_shared<witness_url>(std::move(*url), options.evidence.witness_timeout,
                                                std::move(call)));
  }
  return out;
}

} // namespace carillon
