#include "handlers/built_in_queues.hpp"

#include "base/file/durable_file.hpp"
#include "handlers/email/outbox_transport.hpp"
#include "tests/handlers/email/email_fixture.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon::test {

TEST_SUITE("handlers/built_in_queues") {
  TEST_CASE_FIXTURE(email_fixture, "the queues are made of options, and write into the outbox") {
    recipients.put(person("u-1"));
    auto seq = recipients.add("order.shipped", R"({"orderId":"o-1"})");
    auto data = directory.path() + "/data";
    REQUIRE(prepare_directory(data).has_value());
    auto queues = make_built_in_queues({}, data, recipients.access());
    REQUIRE_MESSAGE(queues.has_value(), queues.error().detail);
    CHECK(queues->email.name == "email");
    CHECK(queues->document.name == "document");
    CHECK(queues->warning.empty());
    CHECK(queues->mail_display == "file:" + data + "/outbox");
    auto made = queues->email.make();
    CHECK(made->run(job_for(seq, "order_shipped"), later).what == verdict::done);
    auto id = installation_id(data).value();
    auto file = outbox_file_name("job-5." + id + "@localhost");
    auto mail = read_whole(data + "/outbox/" + file, 1'000'000);
    REQUIRE(mail.has_value());
    CHECK(has(*mail, "Message-ID: <job-5." + id + "@localhost>"));
    CHECK(installation_id(data).value() == id);
    CHECK(queues->document.make() != nullptr);
  }

  TEST_CASE_FIXTURE(email_fixture, "what is set wrongly is found at the start") {
    auto fault = [&](const built_in_queue_options& x) {
      auto out = make_built_in_queues(x, directory.path(), recipients.access());
      REQUIRE_FALSE(out.has_value());
      return out.error();
    };
    CHECK(fault({.mail = "ftp://x"}).field == "mail");
    CHECK(fault({.from = {.address = "x"}}).field == "mail-from");
    CHECK(fault({.from = {.name = "a\nb", .address = "x@y"}}).field == "mail-from");
    CHECK(fault({.templates = "/nowhere"}).field == "mail-templates");
    CHECK(fault({.ca_file = "/nowhere"}).field == "mail-ca-file");
    CHECK(fault({.mail = "file:/dev/null/x"}).code == ec::store_unavailable);
    CHECK(fault({.mail = "smtp://h", .hello = "a b"}).code == ec::invalid_argument);
  }
}

} // namespace carillon::test
