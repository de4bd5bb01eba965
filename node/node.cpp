#include "node/node.hpp"

#include "node/exhaustion.hpp"
#include "node/node_parts.hpp"

#include <caf/send.hpp>

#include <utility>

namespace carillon {

node::node(std::unique_ptr<parts> x) : parts_(std::move(x)) {
}

expected<std::unique_ptr<node>> node::start(const node_options& options) {
  std::unique_ptr<node> out{new node{std::make_unique<parts>()}};
  try {
    if (auto started = out->parts_->start(options); !started)
      return started.error();
    return out;
  } catch (const std::exception& x) {
    // An actor without its thread counts as running: waiting for it would never end.
    static_cast<void>(out->parts_.release());
    return failure{ec::internal, text_of(x), {}};
  }
}

node::~node() {
  if (parts_ != nullptr)
    parts_->stop(std::chrono::seconds{10});
}

uint16_t node::data_port() const noexcept {
  return parts_->data->port();
}

uint16_t node::admin_port() const noexcept {
  return parts_->admin->port();
}

std::optional<uint16_t> node::caf_port() const noexcept {
  if (!parts_->remote)
    return std::nullopt;
  return parts_->remote->port();
}

const std::string& node::bootstrap_key() const noexcept {
  return parts_->bootstrap_key;
}

const std::vector<std::string>& node::start_warnings() const {
  return parts_->warnings;
}

const std::string& node::mail_display() const {
  return parts_->engine->mail_display();
}

std::string node::not_ready() const {
  return parts_->engine->not_ready();
}

bool node::responds() const {
  return parts_->engine->responds();
}

position node::head() const noexcept {
  return parts_->engine->stats()->head.load();
}

std::vector<std::string> node::reload() {
  std::vector<std::string> faults;
  if (parts_->tokens) {
    if (auto read = parts_->tokens->reload(); !read)
      faults.push_back(read.error().detail + "; the keys from before stay");
    else
      caf::anon_send(parts_->engine->handles().sessions, end_revoked_sessions{});
  }
  if (parts_->sign_on)
    parts_->sign_on->refresh();
  if (parts_->remote)
    if (auto read = parts_->remote->reload(); !read)
      faults.push_back(read.error().detail + "; the certificates of the CAF port from before stay");
  for (auto& fault : parts_->certificates.reload().faults)
    faults.push_back(std::move(fault));
  return faults;
}

std::vector<std::string> node::ending_certificates(timestamp then) const {
  return parts_->certificates.ending(then);
}

port_certificates::changes node::reload_changed() {
  return parts_->certificates.reload_if_changed();
}

void node::on_fault(std::function<void(std::string)> fn) {
  parts_->engine->on_fault(std::move(fn));
}

bool node::stop(std::chrono::milliseconds deadline) {
  return parts_->stop(deadline);
}

} // namespace carillon
