// What workers and those who enqueue jobs send: every text is understood or refused with a reason,
// and what is kept of it, payloads and results, is JSON as it was sent.

#include "fuzz/json_check.hpp"
#include "fuzz/require.hpp"
#include "messages/codec/mended_json.hpp"
#include "messages/workers/texts.hpp"
#include "net/data/workers/job_array.hpp"
#include "net/data/workers/job_body.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

using namespace carillon;

namespace {

void check_commands(std::string_view text, work_kind of) {
  auto command = parse_worker_command(text, of);
  if (!command) {
    fuzz::require(!command.error().detail.empty());
    return;
  }
  const auto* settled = std::get_if<settle_deliveries>(&*command);
  if (settled == nullptr)
    return;
  fuzz::require(!settled->items.empty());
  for (const auto& x : settled->items) {
    fuzz::require(x.result.size() <= job_limits::result_bytes && check(x.progress).has_value());
    if (x.result.empty())
      continue;
    fuzz::require(of == work_kind::jobs);
    fuzz::require(fuzz::is_json_object(R"({"result":)" + x.result + '}'));
  }
}

void check_array(std::string_view text, timestamp now) {
  carillon::data::job_array all{std::string{text}, now};
  auto done = all.parse(std::chrono::steady_clock::time_point::max());
  if (!done) {
    fuzz::require(!done.error().detail.empty());
    return;
  }
  // Its parts make it up. A half pair or a number that no double holds is an item's own fault.
  const auto mended = with_small_numbers(with_whole_pairs(text));
  fuzz::require(*done && fuzz::is_json_object(R"({"jobs":)" + mended + '}'));
  auto jobs = all.take();
  fuzz::require(!jobs.empty());
  for (const auto& x : jobs)
    fuzz::require(x ? check(*x).has_value() : !x.error().detail.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  check_commands(text, work_kind::deliveries);
  check_commands(text, work_kind::jobs);
  const auto now = from_micros(1'800'000'000'000'000);
  check_array(text, now);
  auto draft = carillon::data::job_draft_from(text, now);
  if (draft)
    fuzz::require(check(*draft).has_value() && fuzz::is_json_object(draft->payload));
  else
    fuzz::require(!draft.error().detail.empty());
  return 0;
}
