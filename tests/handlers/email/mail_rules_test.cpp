#include "base/text/plain_text.hpp"
#include "handlers/documents/document_removal.hpp"
#include "handlers/email/link_filter.hpp"
#include "handlers/email/mail_rates.hpp"
#include "tests/handlers/fake_recipients.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace carillon;
using carillon::test::fake_recipients;
using namespace std::chrono_literals;

TEST_SUITE("handlers/mail_rules") {
  TEST_CASE("a company may send an hour's worth at once, then as it comes back") {
    mail_rates rates{60};
    auto now = mail_rates::clock::time_point{} + 1h;
    for (int i = 0; i < 60; ++i)
      CHECK(rates.take("bad", now) == 0ms);
    // Waiting mails return one after the other, all within an hour.
    CHECK(rates.take("bad", now) == 60s);
    CHECK(rates.take("bad", now) == 120s);
    CHECK(rates.take("bad", now + 30s) == 150s);
    for (int i = 0; i < 100; ++i)
      CHECK(rates.take("bad", now) <= 1h);
    CHECK(rates.take("bad", now) == 1h);
    CHECK(rates.take("acme", now) == 0ms);
    CHECK(rates.take("bad", now + 61s) == 0ms);
    CHECK(rates.take("bad", now + 61s) > 0ms);
    for (int i = 0; i < 60; ++i)
      CHECK(rates.take("bad", now + 3h) == 0ms);
    CHECK(rates.take("bad", now + 3h) > 0ms);
    mail_rates any{0};
    for (int i = 0; i < 1'000; ++i)
      CHECK(any.take("bad", now) == 0ms);
  }

  TEST_CASE("texts of events link nowhere, but to hosts that are set") {
    const std::vector<std::string> hosts{"shop.example"};
    auto shown = [&](const char* text) { return without_links(text, hosts); };
    for (const auto* text :
         {"https://evil.example/login", "HTTP://evil.example", "ftp://shop.example/x",
          "www.evil.example", "evil.example/login", "javascript://x%0aalert",
          "https://shop.example@evil.example/", "https://shop.example\\@evil.example",
          "https://shop.example:8443/", "https://evilshop.example/",
          "https://shop.example.evil.example/", "bücher.example/x"}) {
      CAPTURE(std::string{text});
      CHECK(shown(text) == "[link removed]");
    }
    CHECK(shown("see (https://evil.example/a?b=c), now!") == "see ([link removed]), now!");
    CHECK(shown("a\nhttps://evil.example\n") == "a\n[link removed]\n");
    for (const auto* text :
         {"https://shop.example/orders/1", "https://www.SHOP.example?x", "", "and/or", "1.5/2",
          "Node.js", "v1.2/3", "o-1", "zoë@example.org", "1/2 of 3.5"}) {
      CAPTURE(std::string{text});
      CHECK(shown(text) == text);
    }
    CHECK(without_links("https://shop.example/", {}) == "[link removed]");
  }

  TEST_CASE("what is no id is cut and marked as somebody's words") {
    for (const auto* id : {"o-1001", "", "6f1c1f4e-5b1a-4d0e-9b43-0c7c8e1d2f3a", "a_b.c:d#e@f+g~h"})
      CHECK(id_text(id) == id);
    CHECK(id_text("your account was hacked") == "“your account was hacked”");
    CHECK(id_text("..\r\nBcc: x") == "“.. Bcc: x”");
    auto cut = id_text("call +49 170 5551234 at once, or your money is gone for good");
    CHECK(cut.starts_with("“call +49"));
    CHECK(cut.ends_with("…”"));
    CHECK(cut.size() <= 50);
    CHECK(id_text(std::string(65, 'x')).size() <= 50);
    CHECK(id_text(std::string(64, 'x')) == std::string(64, 'x'));
  }

  TEST_CASE("amounts have the decimals of their currency, and none that nobody wrote") {
    CHECK(amount_text(1200, "jpy") == "1200");
    CHECK(amount_text(3.3000000000000003, "JPY") == "3.3");
    CHECK(amount_text(1e-08, "BTC") == "0.00000001");
    CHECK(amount_text(0.1 + 0.2, "eur") == "0.30");
    CHECK(amount_text(1234567.5, "JPY") == "1234567.5");
    CHECK(amount_text(1.5, "clf") == "1.5000");
    CHECK(amount_text(12, "kwd") == "12.000");
    CHECK(amount_text(-0.125, "EUR") == "-0.125");
    CHECK(amount_text(99.99, "") == "99.99");
    CHECK(amount_text(1e300, "EUR") == "1e+300");
    CHECK(currency_text("jpy") == "JPY");
    CHECK(currency_text("Points") == "Points");
    CHECK(currency_text("\x01"
                        "eur ")
          == "EUR");
    rapidjson::Value quantity{0.1 + 0.2};
    CHECK(number_text(quantity) == "0.3");
    quantity.SetDouble(1e-7);
    CHECK(number_text(quantity) == "0.0000001");
  }

  TEST_CASE("documents go with their files, and a shared file with the last of them") {
    test::temporary_directory directory;
    fake_recipients recipients;
    auto store = document_store::open(directory.path() + "/documents").value();
    auto access = recipients.access();
    auto keep = [&](const std::string& key, const std::string& bytes, timestamp at,
                    const std::string& company = "c-1") {
      document x{.key = key, .kind = "order_sheet", .company_id = company};
      x.created_at = at;
      return store.keep(x, bytes, access.add_document).value();
    };
    auto there = [&](const document& x) {
      return std::filesystem::exists(directory.path() + "/documents/" + x.sha256 + ".pdf");
    };
    const auto day = from_rfc3339("2026-11-01T00:00:00Z").value();
    auto first = keep("1", "same", day);
    auto second = keep("2", "same", day + 1h);
    auto young = keep("3", "other", day + 48h);
    auto foreign = keep("4", "foreign", day, "c-2");
    CHECK(delete_documents(access, store, {.before = day + 1h, .company_id = "c-1"}).value() == 1);
    CHECK(there(second));
    CHECK(delete_documents(access, store, {.id = foreign.id, .company_id = "c-1"}).error().code
          == ec::not_found);
    // A row that cannot be removed stays until it can; its file is removed first.
    recipients.broken = "remove_documents";
    CHECK_FALSE(delete_documents(access, store, {.id = foreign.id}).has_value());
    recipients.broken.clear();
    CHECK(recipients.documents.size() == 3);
    CHECK(delete_documents(access, store, {.id = foreign.id}).value() == 1);
    CHECK_FALSE(there(foreign));
    CHECK(delete_documents(access, store, {.before = day + 24h}).value() == 1);
    CHECK_FALSE(there(first));
    CHECK(there(young));
    CHECK(delete_documents(access, store, {.before = day + 24h}).value() == 0);
    // More than a page, the same file twice within it.
    for (int i = 0; i < 601; ++i)
      keep("n-" + std::to_string(i), std::to_string(i / 2), day);
    CHECK(delete_documents(access, store, {.before = day + 24h}).value() == 601);
    CHECK(recipients.documents.size() == 1);
    std::filesystem::directory_iterator files{directory.path() + "/documents"};
    CHECK(std::distance(begin(files), end(files)) == 1);
  }
}
