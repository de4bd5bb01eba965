#pragma once

#include "messages/traces/span.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carillon {

/// An `ExportTraceServiceRequest` of OTLP 1 in its JSON encoding: ids in hexadecimal, 64-bit
/// numbers as texts. Texts that are no UTF-8 are mended.
/// @param service,instance `service.name` and `service.instance.id` of the node
std::string otlp_json(std::span<const carillon::span> spans, std::string_view service,
                      std::string_view instance);

/// How many spans the collector did not take though it answered 200
/// (`partialSuccess.rejectedSpans`); 0 if the answer does not say so.
uint64_t rejected_spans(std::string_view answer);

} // namespace carillon
