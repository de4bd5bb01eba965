#include "bench/publish_rate.hpp"

#include "bench/support.hpp"

namespace carillon::bench {

double publish_rate(engine& node, size_t batch, double seconds, std::vector<double>* latencies_ms) {
  constexpr size_t segment_events = 20'000;
  constexpr size_t under_way = 2;
  gate width{under_way};
  std::mutex mutex;
  uint64_t n = 0;
  double spent = 0.0;
  while (spent < seconds) {
    std::vector<std::vector<draft_ptr>> stock;
    for (size_t i = 0; i < segment_events; i += batch)
      stock.push_back(make_drafts(batch, n));
    stopwatch watch;
    for (auto& drafts : stock) {
      width.enter();
      node.publish(std::move(drafts), [&, call = stopwatch{}](const expected<receipts>& result) {
        if (!result)
          fail("publish refused: " + result.error().detail);
        if (latencies_ms != nullptr) {
          std::lock_guard guard{mutex};
          latencies_ms->push_back(call.seconds() * 1e3);
        }
        width.leave();
      });
    }
    for (size_t i = 0; i < under_way; ++i)
      width.enter();
    spent += watch.seconds();
    for (size_t i = 0; i < under_way; ++i)
      width.leave();
  }
  return static_cast<double>(n) / spent;
}

} // namespace carillon::bench
