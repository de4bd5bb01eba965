#include "messages/access/event_digest.hpp"

#include "base/crypto/digest_input.hpp"
#include "base/crypto/sha256.hpp"
#include "base/text/hex.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace carillon {

namespace {

/// Events of one page while a log is compared.
constexpr size_t page_events = 1'000;

} // namespace

std::optional<std::string> try_event_digest(const event& x) {
  std::string bytes;
  append_digest_integer(bytes, x.seq);
  append_digest_integer(bytes, static_cast<uint64_t>(to_micros(x.time)));
  append_digest_integer(bytes, static_cast<uint64_t>(to_micros(x.recorded_at)));
  append_digest_integer(bytes, static_cast<uint64_t>(x.audience));
  append_digest_integer(bytes, static_cast<uint64_t>(x.hops));
  for (const auto* text : {&x.id, &x.source, &x.type, &x.company_id, &x.user_id, &x.correlation_id,
                           &x.causation_id, &x.traceparent, &x.metadata, &x.data})
    append_digest_text(bytes, *text);
  return try_sha256_hex(bytes);
}

std::string event_digest(const event& x) {
  auto out = try_event_digest(x);
  if (!out)
    throw std::runtime_error(no_event_digest().detail);
  return std::move(*out);
}

failure no_event_digest() {
  return {ec::internal, "OpenSSL failed at SHA-256", {}};
}

expected<std::optional<position>> first_changed(std::vector<audited_event> xs,
                                                const log_pages& read) {
  std::sort(xs.begin(), xs.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  for (size_t next = 0; next < xs.size();) {
    read_request request;
    request.after = xs[next].seq - 1;
    request.limit = std::min(page_events, xs.size() - next);
    auto page = read(request);
    if (!page)
      return page.error();
    const auto wanted = next;
    for (const auto& x : page->events) {
      if (next == xs.size() || x->seq > xs[next].seq)
        break;
      // Events that were not asked for lie in between.
      if (x->seq < xs[next].seq)
        continue;
      const auto digest = try_event_digest(*x);
      if (!digest)
        return no_event_digest();
      if (*digest != xs[next].digest)
        return std::optional{xs[next].seq};
      ++next;
    }
    // The page begins with the requested event, if the log has it.
    if (next == wanted)
      return std::optional{xs[next].seq};
  }
  return std::optional<position>{};
}

expected<std::optional<position>> first_gap(const log_pages& read) {
  position last = 0;
  for (;;) {
    read_request request;
    request.after = last;
    request.limit = page_events;
    auto page = read(request);
    if (!page)
      return page.error();
    for (const auto& x : page->events)
      if (x->seq != ++last)
        return std::optional{last};
    if (page->events.empty())
      return std::optional<position>{};
  }
}

std::optional<audit_mark> audit_mark_from(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  audit_mark out;
  const auto number = text.substr(0, colon);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), out.number);
  out.hash = text.substr(colon + 1);
  if (read.ec != std::errc{} || read.ptr != number.data() + number.size() || out.number == 0
      || out.hash.size() != 64 || out.hash.find_first_not_of(lower_hex) != std::string::npos)
    return std::nullopt;
  return out;
}

std::string to_text(const audit_mark& x) {
  return std::to_string(x.number) + ':' + x.hash;
}

} // namespace carillon
