#pragma once

#include "tests/persistence/test_store.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

/// A store with its log open for writing.
struct written_log {
  std::unique_ptr<test_store> store = make_test_store();
  std::unique_ptr<storage> open = store->open();
  std::unique_ptr<event_log> log = must(open->open_log_writer());

  append_result append(std::vector<draft_ptr> drafts) {
    return must(log->append(drafts, epoch));
  }

  void restart() {
    log.reset();
    open.reset();
    open = store->open();
    log = must(open->open_log_writer());
  }

  std::unique_ptr<event_log> reader() {
    return must(open->open_log_reader());
  }
};

/// Events of a company.
inline event_filter of_company(std::string company) {
  event_filter x;
  x.company_id = std::move(company);
  return x;
}

} // namespace carillon::test
