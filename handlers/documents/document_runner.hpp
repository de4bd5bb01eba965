#pragma once

#include "handlers/documents/order_sheets.hpp"
#include "messages/jobs/queue.hpp"

namespace carillon {

/// Runs the jobs of the queue `document`: `document.order_sheet`.
class document_runner : public job_runner {
public:
  document_runner(worker_access access, order_sheets_ptr sheets)
    : access_(std::move(access)), sheets_(std::move(sheets)) {
  }

  job_outcome run(const job& x, std::chrono::steady_clock::time_point deadline) override;

private:
  worker_access access_;
  order_sheets_ptr sheets_;
};

} // namespace carillon
