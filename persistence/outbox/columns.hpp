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

/// The same without `seq`: a row that comes back gets a new number.
inline constexpr std::string_view outbox_columns_but_seq = outbox_columns.substr(5);

/// The statement that counts up to `most` rows: waiting, refused, and the age of the first.
/// @param age SQL for the whole seconds since `occurred_at`
/// @param but numbers of rows that do not count
std::string statement_to_look(std::string_view age, uint64_t most,
                              const std::vector<uint64_t>& but = {});

/// The statement that makes rows of those that were put aside again, in their order.
std::string statement_to_restore(const std::vector<uint64_t>& seqs);

/// The statement that reads rows that were put aside, with the members of `aside_row` in their
/// order. Rows of one number come together, though there are more than `most` then.
/// @param time SQL for `refused_at` as RFC 3339
/// @param bytes SQL for the bytes of `data`
std::string statement_to_list_aside(std::string_view time, std::string_view bytes, uint64_t after,
                                    size_t most);

/// A failure that says what an operator has to do.
failure no_outbox();

/// Another relay has the outbox.
failure owned_by_another();

} // namespace carillon
