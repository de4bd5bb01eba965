#pragma once

#include <string_view>

namespace carillon {

// The part of workers in the AsyncAPI document: what `messages/workers/texts.hpp` writes and reads.

/// `/consume/{name}` and `/consume/queue/{queue}`.
std::string_view worker_channels() noexcept;

/// Schemas of their messages.
std::string_view worker_schemas() noexcept;

/// The messages with examples: `worker.<op>` is sent by a worker of a consumer, `work.<op>` by the
/// node; `queue_worker.<op>` and `queue_work.<op>` are those of a queue. AsyncAPI wants two
/// channels to share no message.
std::string_view worker_messages() noexcept;

} // namespace carillon
