#pragma once

#include "net/data/request_head.hpp"
#include "net/data_port.hpp"
#include "net/sessions/entrance.hpp"

namespace carillon::data {

/// Judges a request by its head, before any of its body is kept: route, method,
/// credentials, media type, declared length. Thread-safe.
class gate {
public:
  /// All outlive the gate. Without a verifier there are no tokens.
  gate(const data_port_options& options, const key_ring& keys, const token_verifier* tokens)
    : options_(options), keys_(keys), sessions_(options.sessions, tokens) {
  }

  admission judge(const request_head& head) const;

  uint64_t header_bytes() const noexcept {
    return options_.header_bytes;
  }

private:
  admission judge_publish(const request_head& head) const;

  const data_port_options& options_;
  const key_ring& keys_;
  sessions::entrance sessions_;
};

/// The path of a request target in origin or absolute form (RFC 9112 section 3.2),
/// without the query.
std::string_view path_of(std::string_view target) noexcept;

/// The form of the events that a body of this media type holds.
/// Errors: `unsupported_media_type`.
expected<event_form> form_of(const request_head& head);

/// Applies the tenant rules to a draft: a bound publisher's company is filled in;
/// another company or the audience `all` is refused. Errors: `forbidden`.
expected<void> claim(event& draft, const principal& who);

} // namespace carillon::data
