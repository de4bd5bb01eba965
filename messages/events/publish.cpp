#include "messages/events/publish.hpp"

#include <utility>

namespace carillon {

receipt first_event(position seq, std::string_view type, const event& draft) {
  if (type != draft.type)
    return {.seq = seq, .duplicate = false, .conflicting_type = std::string{type}};
  return {.seq = seq, .duplicate = true, .conflicting_type = {}};
}

publish_call::publish_call(std::vector<draft_ptr> drafts, time_point deadline, callback done,
                           std::string company)
  : drafts_(std::move(drafts)), size_(drafts_.size()), deadline_(deadline), done_(std::move(done)),
    company_(std::move(company)) {
  for (const auto& x : drafts_)
    bytes_ += footprint_bytes(*x);
}

publish_call::~publish_call() {
  complete(failure{ec::shutting_down, "the node stopped before the event was stored", {}});
}

void publish_call::complete(expected<receipts> result) noexcept {
  if (completed_.exchange(true))
    return;
  done_(std::move(result));
}

publish_call_ptr unawaited_call(draft_ptr draft, publish_call::time_point deadline) {
  return std::make_shared<publish_call>(std::vector<draft_ptr>{std::move(draft)}, deadline,
                                        [](const expected<receipts>&) {});
}

} // namespace carillon
