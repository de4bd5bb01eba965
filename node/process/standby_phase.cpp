#include "node/process/standby_phase.hpp"

#include "base/crypto/secret_box.hpp"
#include "net/admin/server/connection_options.hpp"
#include "net/data/port/standby_port.hpp"
#include "node/engine/node_key.hpp"
#include "node/follower_node.hpp"
#include "node/port_certificates.hpp"
#include "node/port_url.hpp"
#include "persistence/postgres/nodes/standby.hpp"
#include "persistence/storage.hpp"

#include <chrono>
#include <mutex>
#include <utility>

namespace carillon {

namespace {

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
  waiting_node(const node_options& options, bool follows, std::function<void()> changed)
    : options_(options), follows_(follows), changed_(std::move(changed)) {
  }

  expected<void> open() {
    if (auto same = check_shared_key(options_); !same)
      return same;
    auto read = port_certificates::open(options_.tls, options_.admin_tls);
    if (!read)
      return read.error();
    certificates_ = std::move(*read);
    auto watch = postgres::standby::open(options_.engine.storage, changed_);
    if (!watch)
      return watch.error();
    watch_ = std::move(*watch);
    if (auto opened = open_ports(); !opened)
      return opened;
    // From now on the same ports, for all that listens on them.
    options_.data.port = data_->port();
    options_.admin.port = admin_->port();
    at_ = {url_of_port(options_.data.host, options_.data.port, certificates_.data() != nullptr),
           url_of_port(options_.admin.host, options_.admin.port, certificates_.admin() != nullptr)};
    watch_->start(at_);
    return {};
  }

  ~waiting_node() override {
    close_ports();
  }

  uint16_t data_port() const noexcept override {
    return options_.data.port;
  }

  uint16_t admin_port() const noexcept override {
    return options_.admin.port;
  }

  bool is_due() const override {
    return watch_->result().due;
  }

  failure fault() const override {
    if (port_fault_.code != ec::none)
      return port_fault_;
    const auto found = watch_->result().fault;
    return found ? *found : failure{ec::none, {}, {}};
  }

  void wait_again() override {
    if (closed_)
      listen_again();
    watch_->start(at_);
  }

  void go_on() override {
    if (!follows_)
      return;
    if (auto reason = fault_of_follower(); !reason.empty()) {
      tell("this node does not follow any more: " + reason);
      end_follower();
      listen_again();
      next_try_ = std::chrono::steady_clock::now() + pause_of_follower;
    }
    if (follower_ == nullptr && watch_->may_follow()
        && std::chrono::steady_clock::now() >= next_try_)
      follow();
  }

  std::vector<std::string> reload() override {
    std::vector<std::string> faults;
    if (follower_ != nullptr)
      if (auto read = follower_->reload(); !read)
        faults.push_back(read.error().detail + "; the keys from before stay");
    for (auto& fault : certificates_.reload().faults)
      faults.push_back(std::move(fault));
    return faults;
  }

  port_certificates::changes reload_changed() override {
    return certificates_.reload_if_changed();
  }

  std::vector<std::string> ending_certificates(timestamp then) const override {
    return certificates_.ending(then);
  }

  void close_ports() override {
    if (std::exchange(closed_, true))
      return;
    end_follower();
    close_waiting_ports();
  }

private:
  /// After a follower that failed, or did not start.
  static constexpr std::chrono::seconds pause_of_follower{5};
  /// For the answers of what a follower has begun.
  static constexpr std::chrono::milliseconds time_to_end{2'000};

  /// What a follower tells of its end, on any thread; it may be gone by then.
  struct end_of_follower {
    std::mutex mutex;
    std::string reason;
  };

  expected<void> open_ports() {
    auto data = standby_port::start(
      options_.data, [at = watch_.get()] { return at->owner().at.data; }, certificates_.data());
    if (!data)
      return data.error();
    auto admin = standby_port::start(
      connection_options(options_.admin), [at = watch_.get()] { return at->owner().at.admin; },
      certificates_.admin());
    if (!admin)
      return admin.error();
    data_ = std::move(*data);
    admin_ = std::move(*admin);
    closed_ = false;
    return {};
  }

  void close_waiting_ports() {
    for (auto* x : {&data_, &admin_})
      if (*x != nullptr) {
        (*x)->stop();
        x->reset();
      }
  }

  /// Without ports nobody sees that this node waits: it ends if it does not get them back.
  void listen_again() {
    if (data_ != nullptr)
      return;
    if (auto opened = open_ports(); !opened)
      port_fault_ = opened.error();
  }

  void follow() {
    auto settings = options_;
    settings.before_ports = [this] { close_waiting_ports(); };
    follower_node::surroundings around{[at = watch_.get()] { return at->owner(); },
                                       [at = watch_.get()] { return at->nodes(); }};
    auto started = follower_node::start(settings, std::move(around), certificates_);
    if (!started) {
      tell("this node waits, and cannot follow: " + started.error().detail);
      listen_again();
      next_try_ = std::chrono::steady_clock::now() + pause_of_follower;
      return;
    }
    follower_ = std::move(*started);
    end_ = std::make_shared<end_of_follower>();
    follower_->on_fault([end = end_, changed = changed_](std::string reason) {
      {
        const std::lock_guard guard{end->mutex};
        end->reason = std::move(reason);
      }
      changed();
    });
    if (options_.engine.storage.on_progress)
      options_.engine.storage.on_progress("this node follows " + watch_->owner().who.name);
  }

  std::string fault_of_follower() const {
    if (follower_ == nullptr)
      return {};
    const std::lock_guard guard{end_->mutex};
    return end_->reason;
  }

  void end_follower() {
    if (follower_ != nullptr && !follower_->stop(time_to_end)) {
      tell("not everything of what this node did as a follower has ended in time");
      // The ports are closed. A thread that hangs in the database would hold up the next owner.
      static_cast<void>(follower_.release());
    }
    follower_.reset();
  }

  void tell(const std::string& text) const {
    if (options_.engine.storage.on_trouble)
      options_.engine.storage.on_trouble(text);
  }

  node_options options_;
  bool follows_;
  std::function<void()> changed_;
  port_certificates certificates_;
  std::unique_ptr<postgres::standby> watch_;
  /// They ask the watch.
  std::unique_ptr<standby_port> data_;
  std::unique_ptr<standby_port> admin_;
  /// Instead of both.
  std::unique_ptr<follower_node> follower_;
  std::shared_ptr<end_of_follower> end_;
  std::chrono::steady_clock::time_point next_try_;
  failure port_fault_{ec::none, {}, {}};
  node_addresses at_;
  bool closed_ = true;
};

} // namespace

expected<std::unique_ptr<standby_phase>>
standby_phase::start(const node_options& options, bool follows, std::function<void()> changed) {
  auto out = std::make_unique<waiting_node>(options, follows, std::move(changed));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return std::unique_ptr<standby_phase>{std::move(out)};
}

} // namespace carillon
