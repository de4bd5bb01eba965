#pragma once

#include "handlers/email/email_runner.hpp"
#include "tests/handlers/fake_recipients.hpp"
#include "tests/support/process.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

using verdict = job_outcome::verdict;

inline const auto later = std::chrono::steady_clock::time_point::max();

inline contact person(const std::string& id, std::string role = "member",
                      std::string company = "c-1") {
  return {.user_id = id,
          .company_id = std::move(company),
          .email = id + "@example.org",
          .name = "Name of " + id,
          .role = std::move(role)};
}

/// A runner of mails with its dependencies in memory.
struct email_fixture {
  temporary_directory directory;
  fake_recipients recipients;
  fake_post post;
  email_runner runner = make_runner();

  order_sheets_ptr sheets(expected<sheet_fonts> fonts = find_sheet_fonts()) {
    auto store = document_store::open(directory.path() + "/documents").value();
    return std::make_shared<const order_sheets>(recipients.access(), std::move(store),
                                                std::move(fonts));
  }

  email_runner make_runner(expected<sheet_fonts> fonts = find_sheet_fonts()) {
    return {recipients.access(),
            template_set::load("").value(),
            sheets(std::move(fonts)),
            {.from = {.name = "Shop", .address = "shop@example.com"}, .installation = "abc"},
            [this]() -> expected<std::unique_ptr<mail_transport>> { return post.make(); }};
  }

  static job job_for(position seq, const std::string& name, uint64_t id = 5) {
    job out;
    out.id = id;
    out.kind = "email." + name;
    out.key = "email/" + std::to_string(seq);
    out.payload = R"({"seq":)" + std::to_string(seq) + R"(,"template":")" + name
                  + R"(","userId":"u-1","companyId":"c-1"})";
    out.company_id = "c-1";
    out.event_seq = seq;
    out.created_at = from_rfc3339("2026-11-23T22:24:00Z").value();
    return out;
  }

  job_outcome run(const job& x) {
    return runner.run(x, later);
  }

  /// The enqueued jobs, as the dispatcher would pass them.
  std::vector<job> children() {
    std::vector<job> out;
    for (const auto& [key, draft] : recipients.jobs) {
      job x;
      x.id = 100 + out.size();
      x.kind = draft.kind;
      x.key = draft.key;
      x.payload = draft.payload;
      x.created_at = from_rfc3339("2026-11-23T22:24:00Z").value();
      out.push_back(std::move(x));
    }
    return out;
  }
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace carillon::test
