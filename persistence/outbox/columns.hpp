#pragma once

#include "persistence/outbox/source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// What all dialects have in common: statements with numbers as texts, which are safe in any of
/// them.

/// The columns of a row that move to `carillon_outbox_refused` as they are.
inline constexpr std::string_view outbox_columns
  = "seq, id, type, source, occurred_at, company_id, user_id, correlation_id, causation_id, "
    "traceparent, audience, data, metadata";

/// `1,2,3`.
std::string list_of(const std::vector<uint64_t>& seqs);

/// The statement that reads a batch: as many rows as fit into rows and bytes, at least one.
/// @param time SQL for `occurred_at` as RFC 3339
/// @param bytes SQL for the bytes of `data`
/// @param but numbers of rows that are not to be read
std::string statement_to_claim(std::string_view time, std::string_view bytes,
                               const outbox_options& options,
                               const std::vector<uint64_t>& but = {});

/// A failure that says what an operator has to do.
failure no_outbox();

/// Another relay has the outbox.
failure owned_by_another();

} // namespace carillon
