// What workers and those who enqueue jobs send: every text is understood or refused with a reason,
// and what is kept of it, payloads and results, is JSON as it was sent.

#include "fuzz/json_check.hpp"
#include "fuzz/require.hpp"
#include "messages/workers/texts.hpp"
#include "net/data/workers/job_body.hpp"

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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  check_commands(text, work_kind::deliveries);
  check_commands(text, work_kind::jobs);
  auto draft = carillon::data::job_draft_from(text, from_micros(1'800'000'000'000'000));
  if (draft)
    fuzz::require(check(*draft).has_value() && fuzz::is_json_object(draft->payload));
  else
    fuzz::require(!draft.error().detail.empty());
  return 0;
}
