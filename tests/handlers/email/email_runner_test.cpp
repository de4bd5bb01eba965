#include "handlers/email/email_runner.hpp"

#include "handlers/documents/document_runner.hpp"
#include "handlers/email/outbox_transport.hpp"
#include "tests/handlers/email/email_fixture.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

namespace carillon::test {

TEST_SUITE("handlers/email_runner") {

  TEST_CASE_FIXTURE(email_fixture, "an order confirmation goes to the contact, with its sheet") {
    recipients.put(person("u-1"));
    auto seq = recipients.add("order.created", R"({"orderId":"o-1","total":5,"items":[]})");
    CHECK(run(job_for(seq, "order_confirmation")).what == verdict::done);
    REQUIRE(post.mails.size() == 1);
    const auto& mail = post.mails.front();
    CHECK(mail.from == "shop@example.com");
    CHECK(mail.recipients == std::vector<std::string>{"u-1@example.org"});
    CHECK(mail.message_id == "job-5.abc@example.com");
    CHECK(has(mail.content, "Subject: Order o-1 confirmed\r\n"));
    CHECK(has(mail.content, "To: \"Name of u-1\" <u-1@example.org>\r\n"));
    CHECK(has(mail.content, "Auto-Submitted: auto-generated\r\n"));
    CHECK(has(mail.content, "filename=\"order-o-1.pdf\""));
    CHECK(has(mail.content, "The order sheet is attached."));
    REQUIRE(recipients.documents.size() == 1);
    const auto& row = recipients.documents.at("order_sheet/" + std::to_string(seq));
    CHECK(row.kind == "order_sheet");
    CHECK(row.company_id == "c-1");
    CHECK(row.user_id == "u-1");
    CHECK(std::filesystem::exists(directory.path() + "/documents/" + row.sha256 + ".pdf"));
    // A repeat is the same mail, byte for byte, and there is one document.
    CHECK(run(job_for(seq, "order_confirmation")).what == verdict::done);
    REQUIRE(post.mails.size() == 2);
    CHECK(post.mails[0].content == post.mails[1].content);
    CHECK(recipients.added_documents == 1);
    CHECK(post.made == 1);
  }

  TEST_CASE_FIXTURE(email_fixture, "without a font the confirmation goes without its sheet") {
    recipients.put(person("u-1"));
    auto seq = recipients.add("order.created", R"({"orderId":"o-1"})");
    auto without = make_runner(failure{ec::not_found, "no font", {}});
    CHECK(without.run(job_for(seq, "order_confirmation"), later).what == verdict::done);
    REQUIRE(post.mails.size() == 1);
    CHECK_FALSE(has(post.mails.front().content, "order sheet"));
    document_runner documents{recipients.access(), sheets(failure{ec::not_found, "no font", {}})};
    auto x = job_for(seq, "x");
    x.kind = "document.order_sheet";
    auto out = documents.run(x, later);
    CHECK(out.what == verdict::failed);
    CHECK(out.error == "no font");
  }

  TEST_CASE_FIXTURE(email_fixture,
                    "documents and mails make the same sheet, whichever comes first") {
    recipients.put(person("u-1"));
    auto seq = recipients.add("order.created", R"({"orderId":"o-1"})");
    document_runner documents{recipients.access(), sheets()};
    auto x = job_for(seq, "x");
    x.kind = "document.order_sheet";
    CHECK(documents.run(x, later).what == verdict::done);
    CHECK(documents.run(x, later).what == verdict::done);
    CHECK(run(job_for(seq, "order_confirmation")).what == verdict::done);
    CHECK(recipients.added_documents == 1);
    // A file that is gone is made again.
    auto file
      = directory.path() + "/documents/" + recipients.documents.begin()->second.sha256 + ".pdf";
    REQUIRE(std::filesystem::remove(file));
    CHECK(documents.run(x, later).what == verdict::done);
    CHECK(std::filesystem::exists(file));
    CHECK(recipients.added_documents == 1);
    x.kind = "document.other";
    CHECK(documents.run(x, later).what == verdict::hopeless);
    x.kind = "document.order_sheet";
    x.payload = R"({"seq":99})";
    CHECK(documents.run(x, later).what == verdict::hopeless);
    recipients.broken = "find_document";
    CHECK(documents.run(job_for(seq, "x"), later).what == verdict::hopeless);
    x.payload = R"({"seq":1})";
    CHECK(documents.run(x, later).what == verdict::failed);
  }

  TEST_CASE_FIXTURE(email_fixture, "a registration is answered at its own address") {
    auto seq = recipients.add("user.registered", R"({"email":"new@example.org","role":"x"})");
    CHECK(run(job_for(seq, "welcome")).what == verdict::done);
    REQUIRE(post.mails.size() == 1);
    CHECK(post.mails[0].recipients.front() == "new@example.org");
    // A contact gives the name, and may have muted it.
    auto known = person("u-1");
    recipients.put(known);
    CHECK(run(job_for(seq, "welcome")).what == verdict::done);
    REQUIRE(post.mails.size() == 2);
    CHECK(post.mails[1].recipients.front() == "new@example.org");
    CHECK(has(post.mails[1].content, "\"Name of u-1\" <new@example.org>"));
    known.muted = {{contact_channel::email, "user.registered"}};
    recipients.put(known);
    auto out = run(job_for(seq, "welcome"));
    CHECK(out.what == verdict::done);
    CHECK(has(out.error, "nobody to write to"));
    CHECK(post.mails.size() == 2);
    // An invalid address is ignored; the contact's is used.
    recipients.put(person("u-1"));
    seq = recipients.add("user.registered", R"({"email":"a@b>\r\nRCPT TO:<x@y.z"})");
    CHECK(run(job_for(seq, "welcome")).what == verdict::done);
    CHECK(post.mails.back().recipients.front() == "u-1@example.org");
  }

  TEST_CASE_FIXTURE(email_fixture,
                    "an address that mail cannot be sent to is a dead job, with the reason") {
    for (const auto* email : {"zoë@example.org", "zoe@bücher.example", "no address", "a@b@c"}) {
      CAPTURE(std::string{email});
      auto seq = recipients.add("user.registered", R"({"email":")" + std::string{email} + R"("})");
      auto out = run(job_for(seq, "welcome"));
      CHECK(out.what == verdict::hopeless);
      CHECK(has(out.error, "'" + std::string{email} + "'"));
      CHECK(has(out.error, "all ASCII"));
    }
    CHECK(post.mails.empty());
    // Blanks around it are allowed; without one there is no recipient.
    auto seq = recipients.add("user.registered", R"({"email":" new@example.org\t\n"})");
    CHECK(run(job_for(seq, "welcome")).what == verdict::done);
    REQUIRE(post.mails.size() == 1);
    CHECK(post.mails[0].recipients.front() == "new@example.org");
    for (const auto* data : {"{}", R"({"email":null})", R"({"email":"  "})", R"({"email":7})"}) {
      seq = recipients.add("user.registered", data);
      CHECK(has(run(job_for(seq, "welcome")).error, "nobody to write to"));
    }
    // A recipient who muted mail is not a failure.
    auto silent = person("u-1");
    silent.muted = {{contact_channel::email, "*"}};
    recipients.put(silent);
    seq = recipients.add("user.registered", R"({"email":"zoë@example.org"})");
    CHECK(run(job_for(seq, "welcome")).what == verdict::done);
  }

  TEST_CASE_FIXTURE(email_fixture,
                    "mail goes to the contact of the event's company, whoever else has one") {
    recipients.put(person("u-1", "member", "c-2"));
    auto seq = recipients.add("order.shipped", R"({"orderId":"o-1"})");
    CHECK(has(run(job_for(seq, "order_shipped")).error, "nobody to write to"));
    auto mine = person("u-1");
    mine.email = "mine@example.org";
    recipients.put(mine);
    CHECK(run(job_for(seq, "order_shipped")).what == verdict::done);
    REQUIRE(post.mails.size() == 1);
    CHECK(post.mails[0].recipients.front() == "mine@example.org");
    // The operators' contact counts where the company has none; its own one, muted, is the answer.
    auto common = person("u-1", "member", "");
    common.email = "common@example.org";
    recipients.put(common);
    CHECK(run(job_for(seq, "order_shipped")).what == verdict::done);
    CHECK(post.mails.back().recipients.front() == "mine@example.org");
    recipients.contacts.erase(fake_recipients::key_of("u-1", "c-1"));
    CHECK(run(job_for(seq, "order_shipped")).what == verdict::done);
    CHECK(post.mails.back().recipients.front() == "common@example.org");
    // An event without a company has no company's contact as recipient.
    recipients.contacts.erase(fake_recipients::key_of("u-1", ""));
    recipients.put(mine);
    seq = recipients.add("order.shipped", R"({"orderId":"o-1"})", "");
    CHECK(has(run(job_for(seq, "order_shipped")).error, "nobody to write to"));
  }

  TEST_CASE_FIXTURE(email_fixture, "of all companies, each contact has a job of its own") {
    recipients.put(person("u-1", "member", "c-1"));
    recipients.put(person("u-1", "member", "c-2"));
    recipients.put(person("u-1", "member", ""));
    for (auto& [key, who] : recipients.contacts)
      who.email = "at-" + (who.company_id.empty() ? "none" : who.company_id) + "@example.org";
    auto seq = recipients.add("system.maintenance", R"({"message":"m"})", "", "");
    CHECK(run(job_for(seq, "maintenance")).what == verdict::done);
    REQUIRE(recipients.jobs.size() == 3);
    for (const auto& child : children())
      CHECK(run(child).what == verdict::done);
    std::set<std::string> reached;
    for (const auto& mail : post.mails)
      reached.insert(mail.recipients.front());
    CHECK(
      reached
      == std::set<std::string>{"at-c-1@example.org", "at-c-2@example.org", "at-none@example.org"});
    // A job of an older version does not name the contact's company.
    auto old = children().front();
    old.payload = R"({"seq":)" + std::to_string(seq) + R"(,"template":"maintenance","to":"u-1"})";
    CHECK(run(old).what == verdict::failed);
    recipients.contacts.erase(fake_recipients::key_of("u-1", "c-1"));
    recipients.contacts.erase(fake_recipients::key_of("u-1", ""));
    CHECK(run(old).what == verdict::done);
    CHECK(post.mails.back().recipients.front() == "at-c-2@example.org");
  }

  TEST_CASE_FIXTURE(email_fixture,
                    "a company that has sent its share waits, others and operators do not") {
    email_runner limited{
      recipients.access(),
      template_set::load("").value(),
      sheets(),
      {.from = {.address = "shop@example.com"},
       .installation = "abc",
       .rates = std::make_shared<mail_rates>(2)},
      [this]() -> expected<std::unique_ptr<mail_transport>> { return post.make(); }};
    auto send = [&](const std::string& company) {
      auto seq = recipients.add("user.registered", R"({"email":"x@example.org"})", company);
      return limited.run(job_for(seq, "welcome"), later);
    };
    CHECK(send("bad").what == verdict::done);
    CHECK(send("bad").what == verdict::done);
    auto out = send("bad");
    CHECK(out.what == verdict::postponed);
    CHECK(out.pause > std::chrono::minutes{29});
    CHECK(has(out.error, "--mail-company-rate"));
    CHECK(send("acme").what == verdict::done);
    for (int i = 0; i < 5; ++i)
      CHECK(send("").what == verdict::done);
    CHECK(post.mails.size() == 8);
  }

  TEST_CASE_FIXTURE(email_fixture,
                    "nobody gets mail who muted it, has no address, or is of another company") {
    auto seq = recipients.add("order.shipped", R"({"orderId":"o-1"})");
    auto nobody = [&](const contact& who) {
      recipients.put(who);
      auto out = run(job_for(seq, "order_shipped"));
      CHECK(out.what == verdict::done);
      CHECK(has(out.error, "nobody to write to"));
      CHECK(post.mails.empty());
    };
    CHECK(run(job_for(seq, "order_shipped")).what == verdict::done);
    auto x = person("u-1");
    x.email.clear();
    nobody(x);
    x = person("u-1");
    x.muted = {{contact_channel::email, "*"}};
    nobody(x);
    x.muted = {{contact_channel::email, "order.shipped"}};
    nobody(x);
    recipients.contacts.clear();
    nobody(person("u-1", "member", "c-2"));
    x = person("u-1", "member", "");
    x.muted = {{contact_channel::email, "order.created"}, {contact_channel::notification, "*"}};
    recipients.put(x);
    CHECK(run(job_for(seq, "order_shipped")).what == verdict::done);
    CHECK(post.mails.size() == 1);
  }

  TEST_CASE_FIXTURE(email_fixture, "low stock becomes a job for each admin of the company, once") {
    recipients.put(person("a-1", "admin"));
    recipients.put(person("a-2", "admin"));
    recipients.put(person("a-3", "admin", "c-2"));
    recipients.put(person("m-1"));
    auto silent = person("a-4", "admin");
    silent.muted = {{contact_channel::email, "inventory.low_stock"}};
    recipients.put(silent);
    auto seq = recipients.add("inventory.low_stock", R"({"sku":"s-1","quantity":1,"threshold":5})");
    auto parent = job_for(seq, "low_stock");
    parent.priority = 3;
    CHECK(run(parent).what == verdict::done);
    CHECK(run(parent).what == verdict::done);
    CHECK(post.mails.empty());
    REQUIRE(recipients.jobs.size() == 2);
    const auto& draft = recipients.jobs.at(parent.key + "/to/a-1");
    CHECK(draft.kind == "email.low_stock");
    CHECK(draft.company_id == "c-1");
    CHECK(draft.event_seq == seq);
    CHECK(draft.priority == 3);
    CHECK(check(draft).has_value());
    for (const auto& child : children())
      CHECK(run(child).what == verdict::done);
    REQUIRE(post.mails.size() == 2);
    CHECK(post.mails[0].recipients == std::vector<std::string>{"a-1@example.org"});
    CHECK(post.mails[1].recipients == std::vector<std::string>{"a-2@example.org"});
    CHECK(post.mails[0].message_id != post.mails[1].message_id);
    CHECK(has(post.mails[0].content, "Low stock: s-1"));
    // A contact who is not an admin any more when the job runs gets nothing.
    recipients.put(person("a-1", "member"));
    CHECK(has(run(children().front()).error, "nobody"));
    CHECK(post.mails.size() == 2);
    seq = recipients.add("inventory.low_stock", "{}", "");
    CHECK(has(run(job_for(seq, "low_stock")).error, "nobody"));
  }

  TEST_CASE_FIXTURE(email_fixture,
                    "maintenance is told to a company, or to everybody, however many they are") {
    for (int i = 0; i < 1'500; ++i)
      recipients.put(
        person("u-" + std::to_string(10'000 + i), "member", i % 2 == 0 ? "c-1" : "c-2"));
    auto seq = recipients.add("system.maintenance", R"({"message":"m"})");
    CHECK(run(job_for(seq, "maintenance")).what == verdict::done);
    CHECK(recipients.jobs.size() == 750);
    recipients.jobs.clear();
    seq = recipients.add("system.maintenance", R"({"message":"m"})", "", "");
    CHECK(run(job_for(seq, "maintenance")).what == verdict::done);
    CHECK(recipients.jobs.size() == 1'500);
    CHECK(run(children().back()).what == verdict::done);
    CHECK(post.mails.size() == 1);
  }

  TEST_CASE_FIXTURE(email_fixture, "keys of recipients fit, however long they are") {
    recipients.put(person(std::string(128, 'a'), "admin"));
    recipients.put(person(std::string(127, 'a') + "b", "admin"));
    for (auto& [id, who] : recipients.contacts)
      who.email = "x@y.z";
    auto seq = recipients.add("inventory.low_stock", "{}");
    auto parent = job_for(seq, "low_stock");
    parent.key = std::string(250, 'k');
    CHECK(run(parent).what == verdict::done);
    CHECK(recipients.jobs.size() == 2);
    for (const auto& [key, draft] : recipients.jobs)
      CHECK(check(draft).has_value());
  }

  TEST_CASE_FIXTURE(email_fixture, "what the transport says is what becomes of the job") {
    recipients.put(person("u-1"));
    auto seq = recipients.add("order.shipped", "{}");
    post.answer = mail_result::temporary("451 later");
    auto out = run(job_for(seq, "order_shipped"));
    CHECK(out.what == verdict::failed);
    CHECK(out.error == "451 later");
    post.answer = mail_result::permanent("550 no such user");
    out = run(job_for(seq, "order_shipped"));
    CHECK(out.what == verdict::hopeless);
    CHECK(out.error == "550 no such user");
  }

  TEST_CASE_FIXTURE(email_fixture, "what can come back is tried again, what cannot is not") {
    recipients.put(person("u-1"));
    recipients.put(person("a-1", "admin"));
    auto order = recipients.add("order.created", "{}");
    auto stock = recipients.add("inventory.low_stock", "{}");
    for (const auto* call : {"find_event", "find_contact", "find_document"}) {
      recipients.broken = call;
      CHECK_MESSAGE(run(job_for(order, "order_confirmation")).what == verdict::failed, call);
    }
    for (const auto* call : {"contacts", "enqueue"}) {
      recipients.broken = call;
      CHECK_MESSAGE(run(job_for(stock, "low_stock")).what == verdict::failed, call);
    }
    recipients.broken = "add_document";
    CHECK(run(job_for(order, "order_confirmation")).what == verdict::failed);
    recipients.broken.clear();
    CHECK(run(job_for(99, "order_shipped")).what == verdict::hopeless);
    CHECK(run(job_for(order, "nothing")).what == verdict::hopeless);
    auto x = job_for(order, "order_shipped");
    for (const auto* payload :
         {"", "[]", "{}", R"({"seq":0})", R"({"seq":"1"})", R"({"seq":-1})"}) {
      x.payload = payload;
      CHECK(run(x).what == verdict::hopeless);
    }
    auto bad = person("u-1");
    bad.email = "no address";
    recipients.put(bad);
    auto out = run(job_for(order, "order_shipped"));
    CHECK(out.what == verdict::hopeless);
    CHECK(has(out.error, "not a mail address"));
    bad = person("u-1");
    bad.name = "A\r\nBcc: evil@example.com";
    recipients.put(bad);
    CHECK(run(job_for(order, "order_shipped")).what == verdict::done);
    CHECK_FALSE(has(post.mails.back().content, "\nBcc:"));
  }

} // TEST_SUITE

} // namespace carillon::test
