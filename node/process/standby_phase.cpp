#include "node/process/standby_phase.hpp"

#include "base/crypto/secret_box.hpp"
#include "net/data/port/standby_port.hpp"
#include "node/engine/node_key.hpp"
#include "node/port_certificates.hpp"
#include "persistence/postgres/nodes/standby.hpp"
#include "persistence/storage.hpp"

#include <utility>

namespace carillon {

namespace {

/// What the connections of the admin port need of its options.
data_port_options for_standby(const admin_port_options& x) {
  data_port_options out;
  out.host = x.host;
  out.port = x.port;
  out.max_connections = x.max_connections;
  out.connections_per_address = x.connections_per_address;
  out.header_bytes = x.header_bytes;
  out.receive_deadline = x.receive_deadline;
  out.idle = x.idle;
  out.write_deadline = x.write_deadline;
  out.handshake_deadline = x.handshake_deadline;
  out.handshakes = x.handshakes;
  return out;
}

/// A wrong key would end the node when it is needed. A database that does not answer, or has no
/// tables of this version yet, tells nothing.
expected<void> check_shared_key(const node_options& options) {
  auto settings = options.engine.storage;
  settings.read_only = true;
  auto store = storage::open(settings);
  if (!store)
    return {};
  auto state = (*store)->open_state(false);
  if (!state)
    return {};
  auto stored = (*state)->node_key().fingerprint({});
  if (!stored || stored->empty() || options.engine.webhooks.accept_new_key)
    return {};
  const auto& given = options.engine.webhooks.key_file;
  const auto file = given.empty() ? (*store)->default_key_file() : given;
  if (auto found = check_key_file(**state, file, false); !found)
    return found;
  auto box = secret_box::open(file);
  if (!box)
    return box.error();
  if (auto same = check_node_key(**state, *box, file, false); !same)
    return same.error();
  return {};
}

class waiting_node final : public standby_phase {
public:
  expected<void> open(const node_options& options, std::function<void()> changed) {
    if (auto same = check_shared_key(options); !same)
      return same;
    auto read = port_certificates::open(options.tls, options.admin_tls);
    if (!read)
      return read.error();
    auto watch = postgres::standby::open(options.engine.storage, std::move(changed));
    if (!watch)
      return watch.error();
    watch_ = std::move(*watch);
    auto data = standby_port::start(
      options.data, [at = watch_.get()] { return at->owner().data; }, read->data());
    if (!data)
      return data.error();
    data_ = std::move(*data);
    auto admin = standby_port::start(
      for_standby(options.admin), [at = watch_.get()] { return at->owner().admin; }, read->admin());
    if (!admin)
      return admin.error();
    admin_ = std::move(*admin);
    at_ = {url_of_port(options.data.host, data_->port(), read->data() != nullptr),
           url_of_port(options.admin.host, admin_->port(), read->admin() != nullptr)};
    watch_->start(at_);
    return {};
  }

  ~waiting_node() override {
    close_ports();
  }

  uint16_t data_port() const noexcept override {
    return data_->port();
  }

  uint16_t admin_port() const noexcept override {
    return admin_->port();
  }

  bool is_due() const override {
    return watch_->result().due;
  }

  failure fault() const override {
    const auto found = watch_->result().fault;
    return found ? *found : failure{ec::none, {}, {}};
  }

  void wait_again() override {
    watch_->start(at_);
  }

  void close_ports() override {
    if (std::exchange(closed_, true))
      return;
    for (auto* x : {&data_, &admin_})
      if (*x != nullptr)
        (*x)->stop();
  }

private:
  std::unique_ptr<postgres::standby> watch_;
  /// They ask the watch.
  std::unique_ptr<standby_port> data_;
  std::unique_ptr<standby_port> admin_;
  node_addresses at_;
  bool closed_ = false;
};

} // namespace

expected<std::unique_ptr<standby_phase>> standby_phase::start(const node_options& options,
                                                              std::function<void()> changed) {
  auto out = std::make_unique<waiting_node>();
  if (auto opened = out->open(options, std::move(changed)); !opened)
    return opened.error();
  return std::unique_ptr<standby_phase>{std::move(out)};
}

} // namespace carillon
