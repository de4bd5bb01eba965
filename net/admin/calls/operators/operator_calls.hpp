#pragma once

#include "base/json/writer.hpp"
#include "net/admin/call.hpp"

// The handlers of the routes of operators: the audit log, keys, sign-in, the node, by file; see
// resources.hpp.

namespace carillon::admin {

// audit.cpp
expected<answer> show_audit(call& c);
expected<answer> verify_chain(call& c);

// evidence.cpp
expected<answer> show_checkpoint(call& c);
expected<answer> show_proof(call& c);
expected<answer> show_consistency(call& c);

// keys.cpp
expected<answer> show_keys(call& c);
expected<answer> create_key(call& c);
expected<answer> delete_key(call& c);

// portal_tokens.cpp
expected<answer> create_portal_token(call& c);

/// What a token may, and until when; within an object.
void put_pass_members(json_writer& out, const portal_pass& x);

// limits.cpp
expected<answer> show_limits(call& c);

// node.cpp
expected<answer> show_caller(call& c);
expected<answer> show_node(call& c);
expected<answer> show_nodes(call& c);

// outboxes.cpp
expected<answer> show_outboxes(call& c);
expected<answer> show_refused_rows(call& c);
expected<answer> retry_refused_row(call& c);
expected<answer> discard_refused_row(call& c);

// sign_in.cpp
expected<answer> show_sign_in(call& c);
expected<answer> begin_sign_in(call& c);
expected<answer> finish_sign_in(call& c);
expected<answer> sign_out(call& c);

} // namespace carillon::admin
