#pragma once

#include "tests/e2e/node_process.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace carillon::test {

/// `order.created` of a company; `more` are further members, e.g. `,"userId":"u"`.
std::string order_json(const std::string& id, const std::string& company,
                       const std::string& more = {});

/// Calls a node like its operators and publishers; fails the test if a required call fails. For one
/// thread.
class webhook_api {
public:
  struct made {
    uint64_t id = 0;
    std::string secret;
    /// Public key of an Ed25519 secret.
    std::string public_key;
  };

  /// @param key empty for a node in `--dev`
  explicit webhook_api(const node_process& node, const std::string& key = {});

  /// Registers; `more` are further members, e.g. `,"ordered":true`.
  made create(const std::string& url, const std::string& more = {});

  /// Position of the event.
  uint64_t publish(const std::string& event);

  rapidjson::Document get(const std::string& path);
  rapidjson::Document post(const std::string& path, const std::string& body = {});
  rapidjson::Document patch(const std::string& path, const std::string& body);

  /// Any status.
  int post_status(const std::string& path, const std::string& body = {});
  int patch_status(const std::string& path, const std::string& body);

  /// The delivery with its attempts; null if there is none yet.
  rapidjson::Document history(const made& to, uint64_t seq);
  /// Waits until the delivery has a state, and at least this many attempts.
  rapidjson::Document history_with(const made& to, uint64_t seq, const std::string& state,
                                   size_t attempts = 1);

  /// Positions of the events of a type in the log, at most 100.
  std::vector<uint64_t> events_of(const std::string& type);

  httplib::Client& admin() {
    return *admin_;
  }

private:
  std::unique_ptr<httplib::Client> data_;
  std::unique_ptr<httplib::Client> admin_;
};

/// Path of a webhook, and of an action on it.
std::string path_of(const webhook_api::made& x, const std::string& action = {});

/// The position that `webhook-id` names; 0 if none.
uint64_t seq_of(const received_request& x);

/// Positions of the requests that were accepted, in their order.
std::vector<uint64_t> accepted_seqs(const webhook_receiver& receiver, const std::string& url);

/// True if the signature is valid for each of the secrets, by Carillon's own `verify`.
bool is_signed_by(const received_request& x, const std::vector<std::string>& secrets);

/// JSON text of a value.
std::string text_of(const rapidjson::Value& x);

} // namespace carillon::test
