#include "tests/persistence/test_store.hpp"

namespace carillon::test {

std::unique_ptr<storage> test_store::open(const storage_options& options) {
  return must(try_open(options));
}

draft_ptr make_draft(std::string id, std::string type, std::string company) {
  auto x = std::make_shared<event>();
  x->id = std::move(id);
  x->type = std::move(type);
  x->source = "/shop";
  x->time = epoch;
  x->company_id = std::move(company);
  x->user_id = "u-1";
  x->correlation_id = "corr-1";
  x->causation_id = "cause-1";
  x->traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  x->audience = audience::company;
  x->data = R"({"orderId":"o-1","note":"ünïcode"})";
  x->metadata = R"({"ip":"10.0.0.1"})";
  return x;
}

std::vector<draft_ptr> make_drafts(const std::string& prefix, size_t count) {
  std::vector<draft_ptr> all;
  for (size_t i = 0; i < count; ++i)
    all.push_back(make_draft(prefix + std::to_string(i)));
  return all;
}

bool same_content(const event& a, const event& b) {
  return a.id == b.id && a.type == b.type && a.source == b.source && a.time == b.time
         && a.company_id == b.company_id && a.user_id == b.user_id
         && a.correlation_id == b.correlation_id && a.causation_id == b.causation_id
         && a.traceparent == b.traceparent && a.audience == b.audience && a.data == b.data
         && a.metadata == b.metadata && a.hops == b.hops;
}

void index_all(storage& x) {
  const auto indexer = must(x.open_indexer());
  if (!indexer)
    return;
  while (true) {
    const auto progress = must(indexer->step());
    if (progress.indexed >= progress.head)
      return;
  }
}

} // namespace carillon::test
