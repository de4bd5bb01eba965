#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "messages/consumers/requests.hpp"
#include "messages/events/event.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/consumers/consumer_calls.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Many dead letters in one call. Each is settled by a transaction with an audit row of its own, as
// by a call of its own: others take their turns in between, and a row says what became of each.

namespace carillon::admin {

namespace {

/// Dead letters that one call settles, and ids that it names.
constexpr size_t most_letters = 1'000;

/// Read at a time.
constexpr size_t letters_on_page = 200;

/// Which dead letters are meant: the named ones, or all that match.
struct letter_choice {
  std::vector<uint64_t> ids;
  std::optional<std::string> consumer;
  std::optional<std::string> company_id;
  /// Those with larger ids were given up later, and are left.
  std::optional<uint64_t> up_to;
};

/// What the call did.
struct letter_round {
  uint64_t settled = 0;
  /// It ended before it was through.
  bool more = false;
  std::optional<uint64_t> up_to;
};

std::vector<uint64_t> read_letter_ids(object_reader& in) {
  std::vector<uint64_t> out;
  const auto* ids = in.find("ids");
  if (ids == nullptr)
    return out;
  if (!ids->IsArray() || ids->Empty() || ids->Size() > most_letters) {
    in.fail("ids", "the value is an array of 1 to 1000 numbers of dead letters");
    return out;
  }
  for (const auto& x : ids->GetArray())
    if (x.IsUint64())
      out.push_back(x.GetUint64());
    else
      in.fail("ids", "the number of a dead letter is an integer from 1");
  return out;
}

/// @param has_to_say whether the body has to say something: nobody discards everything by `{}`
expected<letter_choice> read_letter_choice(const call& c, bool has_to_say) {
  const auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  letter_choice out;
  out.ids = read_letter_ids(in);
  out.consumer = in.text("consumer");
  out.company_id = in.text("companyId");
  if (const auto* up_to = in.find("upTo"); up_to != nullptr) {
    if (up_to->IsUint64())
      out.up_to = up_to->GetUint64();
    else
      in.fail("upTo", "the number of a dead letter is an integer from 1");
  }
  if (out.consumer && !is_identifier(*out.consumer, event_limits::source_bytes))
    in.fail("consumer", "the name is 1 to 512 bytes of UTF-8 without control characters");
  if (out.company_id && !is_identifier(*out.company_id))
    in.fail("companyId", "an identifier is 1 to 128 bytes of UTF-8 without control characters");
  else if (out.company_id && !c.who.may_see(*out.company_id))
    in.fail("companyId", "this API key sees its own company only");
  if (!out.ids.empty() && (out.consumer || out.company_id || out.up_to))
    in.fail("ids", "the dead letters are named already: leave consumer, companyId and upTo out");
  if (has_to_say && out.ids.empty() && !out.consumer && !out.company_id)
    in.fail("consumer", "say which ones: consumer, companyId or ids");
  if (auto fault = in.finish())
    return *fault;
  if (c.who.is_bound())
    out.company_id = c.bound_company();
  return out;
}

/// Settles one dead letter after the other, for half of the time that the call has.
class letter_settler {
public:
  letter_settler(const call& c, bool retry) : call_(c), retry_(retry) {
    const auto now = std::chrono::steady_clock::now();
    ends_ = now + (c.deadline - now) / 2;
  }

  /// True if it may go on. Letters that are gone by now are no fault.
  bool settle(uint64_t id) {
    if (out_.settled >= most_letters || std::chrono::steady_clock::now() >= ends_) {
      out_.more = true;
      return false;
    }
    const auto done = ask<dead_letter>(
      call_, call_.ctx.backend.supervisor,
      resolve_dead_letter{
        .id = id, .retry = retry_, .company_id = call_.bound_company(), .by = call_.stamp()});
    if (done)
      ++out_.settled;
    else if (done.error().code != ec::not_found)
      fault_ = done.error();
    return !fault_;
  }

  expected<letter_round> settle_named(const std::vector<uint64_t>& ids) {
    for (const auto id : ids)
      if (!settle(id))
        break;
    return round();
  }

  expected<letter_round> settle_matching(letter_choice which) {
    list_dead_letters request;
    request.page = {.beyond = {},
                    .limit = 1,
                    .company_id = std::move(which.company_id),
                    .name = std::move(which.consumer),
                    .ascending = false};
    out_.up_to = which.up_to;
    if (!out_.up_to) {
      const auto newest = page_of_letters(request);
      if (!newest)
        return newest.error();
      if (newest->items.empty())
        return out_;
      out_.up_to = newest->items.front().id;
    }
    request.page.limit = letters_on_page;
    request.page.ascending = true;
    for (;;) {
      const auto page = page_of_letters(request);
      if (!page)
        return failed(page.error());
      for (const auto& x : page->items)
        if (x.id > *out_.up_to || !settle(x.id))
          return round();
      if (!page->next)
        return round();
      request.page.beyond = page->next;
    }
  }

private:
  expected<dead_letter_page> page_of_letters(const list_dead_letters& x) const {
    return ask<dead_letter_page>(call_, call_.ctx.backend.state_reader.consumers, x);
  }

  /// What was done is told rather than the fault that ended it: the next call meets that again.
  expected<letter_round> failed(const failure& x) {
    if (out_.settled == 0)
      return x;
    out_.more = true;
    return out_;
  }

  expected<letter_round> round() {
    return fault_ ? failed(*fault_) : out_;
  }

  const call& call_;
  bool retry_;
  std::chrono::steady_clock::time_point ends_;
  letter_round out_;
  std::optional<failure> fault_;
};

expected<answer> settle_letters(call& c, bool retry) {
  auto which = read_letter_choice(c, !retry);
  if (!which)
    return which.error();
  letter_settler settler{c, retry};
  const auto done = which->ids.empty() ? settler.settle_matching(std::move(*which))
                                       : settler.settle_named(which->ids);
  if (!done)
    return done.error();
  json_writer out;
  out.begin_object()
    .member(retry ? "retried" : "discarded", done->settled)
    .member("more", done->more)
    .member("upTo", done->up_to)
    .end_object();
  return answer{.body = out.take()};
}

} // namespace

expected<answer> retry_dead_letters(call& c) {
  return settle_letters(c, true);
}

expected<answer> discard_dead_letters(call& c) {
  return settle_letters(c, false);
}

} // namespace carillon::admin
