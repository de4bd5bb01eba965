#include "net/data/publishing/publish_turn.hpp"

#include <utility>

namespace carillon::data {

namespace {

/// Longer calls are split: the router's limits assume calls of moderate size.
constexpr size_t bundle_drafts = 4'096;
/// An array with more items travels alone.
constexpr size_t shared_items = 100;

} // namespace

publish_turn::publish_turn(sender submit) : submit_(std::move(submit)) {
}

publish_bundle& publish_turn::bundle_of(const std::string& company) {
  if (bundle_ && bundle_->company() != company)
    submit();
  if (!bundle_)
    bundle_ = std::make_shared<publish_bundle>(company);
  return *bundle_;
}

void publish_turn::add(reply_to to, draft_ptr draft) {
  bundle_of(to.company).add(std::move(to), std::move(draft));
  submit_if_full();
}

void publish_turn::add(reply_to to, parsed_items items, size_t drafts) {
  if (drafts > shared_items) {
    // Earlier events go first, since they may be from the same connection.
    submit();
    auto alone = std::make_shared<publish_bundle>(to.company);
    alone->add(std::move(to), std::move(items));
    submit_(std::move(alone));
    return;
  }
  bundle_of(to.company).add(std::move(to), std::move(items));
  submit_if_full();
}

void publish_turn::submit_if_full() {
  if (bundle_->size() >= bundle_drafts)
    submit();
}

void publish_turn::submit() {
  if (bundle_)
    submit_(std::move(bundle_));
}

} // namespace carillon::data
