#include "base/json/writer.hpp"
#include "messages/evidence/event_proof.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/query_reader.hpp"

// Proofs over the log, from the sealer.

namespace carillon::admin {

namespace {

template <class R, class Request>
expected<R> ask_sealer(const call& c, Request request) {
  const auto& sealer = c.ctx.backend.sealer;
  if (sealer == nullptr)
    return failure{ec::not_found, "this node keeps no evidence over its log", {}};
  return ask<R>(c, sealer, std::move(request));
}

void add_witnesses(json_writer& out, const std::vector<witness_status>& all) {
  out.begin_array("witnesses");
  for (const auto& x : all) {
    out.begin_object().member("to", std::string_view{x.to}).member("size", x.size);
    if (x.size > 0)
      out.member("time", x.time);
    out.member("failures", x.failures);
    if (!x.trouble.empty())
      out.member("trouble", std::string_view{x.trouble});
    out.end_object();
  }
  out.end_array();
}

failure no_sealed_event() {
  return {ec::not_found, "there is no such event", "seq"};
}

} // namespace

expected<answer> show_checkpoint(call& c) {
  query_reader q{c};
  const auto format = q.text("format").value_or("json");
  if (q.fault())
    return *q.fault();
  if (format != "json" && format != "note")
    return failure{ec::invalid_argument, "the format is json or note", "format"};
  const auto found = ask_sealer<signed_state_ptr>(c, get_checkpoint{});
  if (!found)
    return found.error();
  const auto& head = (*found)->head;
  if (head.note.empty())
    return failure{ec::not_found, "no checkpoint was signed yet: the log has no events", {}};
  if (format == "note")
    return answer{.body = head.note, .media_type = "text/plain; charset=utf-8"};
  json_writer out;
  out.begin_object()
    .member("size", head.size)
    .member("time", head.time)
    .member("checkpoint", std::string_view{head.note})
    .begin_array("keys");
  for (const auto& x : (*found)->keys)
    out.begin_object()
      .member("key", std::string_view{x.text})
      .member("since", x.since)
      .end_object();
  out.end_array();
  // Where the node's network ends is nothing for a company.
  if (!c.who.is_bound())
    add_witnesses(out, (*found)->witnesses);
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> show_proof(call& c) {
  const auto seq = number_from(c.arguments.front()).value_or(0);
  if (seq == 0)
    return failure{ec::invalid_argument, "give the position of an event: 1, 2, 3 …", "seq"};
  // Another company's event is answered like a missing one.
  const auto found = ask<event_ptr>(c, c.ctx.reader(), find_request{.seq = seq});
  if (!found && found.error().code != ec::not_found)
    return found.error();
  if (!found || !c.who.may_see((*found)->company_id))
    return no_sealed_event();
  const auto proof = ask_sealer<event_proof_ptr>(c, prove_event{seq});
  if (!proof)
    return proof.error();
  return answer{.body = json_of(**proof)};
}

expected<answer> show_consistency(call& c) {
  query_reader q{c};
  const auto from = q.position("from");
  const auto to = q.position("to");
  if (q.fault())
    return *q.fault();
  if (!from)
    return failure{ec::invalid_argument, "give the size of the earlier checkpoint", "from"};
  const auto proof = ask_sealer<consistency_proof_ptr>(c, prove_consistency{*from, to.value_or(0)});
  if (!proof)
    return proof.error();
  return answer{.body = json_of(**proof)};
}

} // namespace carillon::admin
