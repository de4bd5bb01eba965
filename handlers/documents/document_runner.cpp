#include "handlers/documents/document_runner.hpp"

#include "base/text/utf8.hpp"
#include "handlers/job_payload.hpp"

namespace carillon {

job_outcome document_runner::run(const job& x, std::chrono::steady_clock::time_point) {
  if (x.kind != "document.order_sheet")
    return job_outcome::hopeless("there is no document of the kind " + excerpt(x.kind));
  auto payload = parse_payload(x.payload);
  if (!payload)
    return outcome_of(payload.error());
  auto event = access_.find_event(payload->seq);
  if (!event)
    return outcome_of(event.error());
  auto sheet = sheets_->sheet_of(**event);
  // The font may be installed later.
  if (!sheet)
    return job_outcome::failed(sheet.error().detail);
  return job_outcome::done();
}

} // namespace carillon
