#include "actors/log/publish_spans.hpp"

#include "base/failure_text.hpp"

#include <string>
#include <utility>

namespace carillon {

namespace {

struct publish_times {
  timestamp begun;
  timestamp ended;
};

span publish_span(const event& x, const trace_context& context, const publish_times& at) {
  span out;
  out.context = context;
  if (const auto caller = trace_context_from(x.traceparent))
    out.parent = caller->span;
  out.name = "publish " + x.type;
  out.kind = span_kind::producer;
  out.begun = at.begun;
  out.ended = at.ended;
  out.attributes = attributes_of(x);
  out.attributes.push_back({"messaging.operation.type", std::string{"send"}});
  out.attributes.push_back({"messaging.operation.name", std::string{"publish"}});
  return out;
}

/// Of a draft that was not stored, or was stored earlier: the caller's span, with one more below
/// it.
void record_unstored(tracer& to, const event& x, const publish_times& at, const receipt* stored,
                     const std::string& error) {
  auto context = trace_context_from(x.traceparent);
  if (!context || !context->sampled)
    return;
  context->span = tracer::new_span();
  auto out = publish_span(x, *context, at);
  if (stored != nullptr) {
    out.attributes.push_back({"carillon.duplicate", true});
    out.attributes.push_back({"carillon.position", static_cast<int64_t>(stored->seq)});
  }
  out.error = error;
  to.record(std::move(out));
}

} // namespace

void record_publishes(tracer& to, const std::vector<draft_ptr>& drafts, const append_result& result,
                      std::chrono::steady_clock::duration took) {
  publish_times at;
  at.ended = wall_clock_now();
  at.begun = at.ended - std::chrono::duration_cast<timestamp::duration>(took);
  for (size_t i = 0; i < drafts.size(); ++i) {
    const auto& x = *drafts[i];
    if (i >= result.items.size()) {
      record_unstored(to, x, at, nullptr, result.fault ? text_of(*result.fault) : "not stored");
      continue;
    }
    const auto& stored = result.items[i];
    if (stored.is_conflict()) {
      record_unstored(to, x, at, &stored, "the id is that of an event of another type");
    } else if (stored.duplicate) {
      record_unstored(to, x, at, &stored, {});
    } else if (const auto own = to.publish_of(stored.seq, x.traceparent); own.sampled) {
      to.record(publish_span(x, own, at));
    }
  }
}

} // namespace carillon
