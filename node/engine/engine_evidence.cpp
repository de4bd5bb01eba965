#include "node/engine/engine_evidence.hpp"

#include "actors/evidence/witness_file.hpp"
#include "actors/evidence/witness_url.hpp"
#include "base/crypto/ed25519.hpp"

#include <filesystem>
#include <utility>

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

expected<void> engine_evidence::open(state_store& state, const evidence_options& options,
                                     const secret_box& secrets, const std::string& directory,
                                     const std::string& origin) {
  auto salt = secrets.derived_key(evidence_keys::salt_purpose);
  if (!salt)
    return salt.error();
  const auto& given = options.key_file;
  const auto key_file
    = given.empty() ? directory + '/' + std::string{evidence_keys::file_name} : given;
  auto opened
    = open_evidence_keys(state.evidence(), key_file, std::move(*salt), origin, wall_clock_now());
  if (!opened)
    return opened.error();
  keys = std::move(*opened);
  return read_past(state, options.head_file, key_file, origin);
}

expected<void> engine_evidence::read_past(state_store& state, const std::string& given,
                                          const std::string& key_file, const std::string& origin) {
  const auto beside = std::filesystem::path{key_file}.replace_filename(head_file::file_name);
  head.emplace(given.empty() ? beside.string() : given);
  const auto public_key = ed25519_public_key(keys->seed);
  if (!public_key)
    return public_key.error();
  auto read = read_signed_past(state, *head, note_key{origin, *public_key});
  if (read)
    past = std::move(*read);
  else
    refusal = read.error().detail;
  return {};
}

expected<std::vector<std::shared_ptr<witness>>>
engine_evidence::make_witnesses(const evidence_options& options,
                                const http_client_options& webhooks) {
  const auto& names = options.witnesses;
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
      auto made = http_client::make(witness_client_options(webhooks));
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
    out.push_back(
      std::make_shared<witness_url>(std::move(*url), options.witness_timeout, std::move(call)));
  }
  return out;
}

} // namespace carillon
