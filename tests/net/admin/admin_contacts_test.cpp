#include "tests/net/admin/admin_contacts_actors.hpp"
#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/raw_client.hpp"

using namespace carillon;
using carillon::test::add_contact;
using carillon::test::add_notification;
using carillon::test::admin_fixture;
using carillon::test::keep_document;
using carillon::test::raw_client;

TEST_SUITE("net/admin_contacts") {

  // -- contacts -----------------------------------------------------------------------

  TEST_CASE("a contact is put as a whole, shown, and deleted") {
    admin_fixture f;
    auto made
      = f.put("/api/contacts/u%2F1",
              R"({"companyId":"A","email":"ada@example.com","name":"Ada","role":"admin",)"
              R"("muted":{"notification":["*"],"email":["order.shipped","order.created"]}})");
    CHECK(made.status == 200);
    CHECK(made.body
          == R"({"userId":"u/1","companyId":"A","email":"ada@example.com","name":"Ada",)"
             R"("role":"admin","muted":{"email":["order.created","order.shipped"],)"
             R"("notification":["*"]},"updatedAt":"1970-01-01T00:00:02.000000Z"})");
    CHECK(f.get("/api/contacts/u%2F1").body == made.body);
    REQUIRE(f.data.contacts.size() == 1);
    CHECK(f.data.contacts[{"u/1", "A"}].muted.size() == 3);
    // An answer of GET may be sent back unchanged.
    CHECK(f.put("/api/contacts/u%2F1", made.body).body == made.body);
    auto emptied = f.put("/api/contacts/u%2F1", R"({"companyId":"A"})");
    CHECK(emptied.status == 200);
    for (const auto* member : {"/email", "/name", "/role"})
      CHECK(emptied.is_null(member));
    CHECK(emptied.size("/muted/email") == 0);
    CHECK(f.put("/api/contacts/u%2F1", emptied.body).status == 200);
    auto gone = f.remove("/api/contacts/u%2F1");
    CHECK(gone.status == 204);
    CHECK(gone.body.empty());
    CHECK(f.remove("/api/contacts/u%2F1").status == 404);
    CHECK(f.get("/api/contacts/u%2F1").status == 404);
    REQUIRE(f.data.stamps.size() == 5);
    CHECK(f.data.stamps.back().who == "key:3");
    CHECK(f.data.stamps.back().from == "127.0.0.1");
    CHECK(f.data.stamps.back().key_name == "admin");
  }

  TEST_CASE("a bad contact is refused by its field and not kept") {
    admin_fixture f;
    struct entry {
      std::string body;
      const char* field;
    };
    auto long_list = [] {
      std::string out = "[\"a.b\"";
      for (int i = 0; i < 100; ++i)
        out += ",\"a.b" + std::to_string(i) + "\"";
      return out + "]";
    }();
    for (const auto& x : std::vector<entry>{
           {R"({"email":"ada"})", "email"},
           {R"({"email":"a@b\r\nBcc: c@d.example"})", "email"},
           {R"({"email":"Ada <ada@example.com>"})", "email"},
           {R"({"email":"a@b.example,c@d.example"})", "email"},
           {R"({"email":"@example.com"})", "email"},
           {R"({"email":7})", "email"},
           {R"({"email":")" + std::string(250, 'x') + R"(@example.com"})", "email"},
           {R"({"companyId":")" + std::string(129, 'x') + "\"}", "companyId"},
           {R"({"companyId":"a\nb"})", "companyId"},
           {R"({"name":"a\tb"})", "name"},
           {R"({"name":")" + std::string(201, 'x') + "\"}", "name"},
           {R"({"role":"Admin"})", "role"},
           {R"({"role":"a b"})", "role"},
           {R"({"role":")" + std::string(33, 'x') + "\"}", "role"},
           {R"({"muted":[]})", "muted"},
           {R"({"muted":{"sms":["*"]}})", "muted.sms"},
           {R"({"muted":{"email":"*"}})", "muted.email"},
           {R"({"muted":{"email":["order.*"]}})", "muted.email"},
           {R"({"muted":{"notification":["Order"]}})", "muted.notification"},
           {R"({"muted":{"email":[null]}})", "muted.email"},
           {R"({"muted":{"email":)" + long_list + "}}", "muted.email"},
           {R"({"userId":"somebody"})", "userId"},
           {R"({"phone":"1"})", "phone"}}) {
      CAPTURE(x.body.substr(0, 80));
      auto refused = f.put("/api/contacts/u-1", x.body);
      CHECK(refused.status == 400);
      CHECK(refused.text("/field") == x.field);
    }
    CHECK(f.put("/api/contacts/" + std::string(129, 'u'), "{}").text("/field") == "userId");
    CHECK(f.get("/api/contacts/" + std::string(129, 'u')).status == 404);
    CHECK(f.data.contacts.empty());
    CHECK(f.data.stamps.empty());
    f.data.broken = true;
    CHECK(f.put("/api/contacts/u-1", "{}").status == 503);
  }

  TEST_CASE("contacts are listed by company and role, page by page") {
    admin_fixture f;
    for (int i = 0; i < 7; ++i) {
      // A list can continue from any text.
      auto& x = add_contact(f.data, "u \xc3\xa9+/?" + std::to_string(i), i < 5 ? "A" : "B");
      x.role = i % 2 == 0 ? "admin" : "buyer";
    }
    auto path = std::string{"/api/contacts?companyId=A&limit=2"};
    std::vector<std::string> seen;
    std::string cursor;
    do {
      auto page = f.get(path + (cursor.empty() ? "" : "&cursor=" + cursor));
      REQUIRE(page.status == 200);
      for (size_t i = 0; i < page.size("/contacts"); ++i)
        seen.push_back(page.text(("/contacts/" + std::to_string(i) + "/userId").c_str()));
      cursor = page.text("/nextCursor");
    } while (!cursor.empty());
    CHECK(seen.size() == 5);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(f.get("/api/contacts?role=buyer").size("/contacts") == 3);
    CHECK(f.get("/api/contacts?role=none").body == R"({"contacts":[],"nextCursor":null})");
    // A cursor is valid only for its list, and unchanged.
    cursor = f.get(path).text("/nextCursor");
    CHECK(f.get("/api/contacts?companyId=B&limit=2&cursor=" + cursor).text("/field") == "cursor");
    for (auto bad : {cursor + "A", cursor.substr(0, 24), cursor.substr(0, 10),
                     cursor.substr(0, 24) + "!!!!", std::string{"x"}, cursor.substr(24)})
      CHECK(f.get(path + "&cursor=" + bad).text("/field") == "cursor");
  }

  TEST_CASE("a key of a company has contacts of its own only") {
    admin_fixture f;
    add_contact(f.data, "u-1", "A");
    add_contact(f.data, "u-2", "B");
    CHECK(f.send("GET", "/api/contacts/u-2", f.admin_a).status == 404);
    CHECK(f.send("DELETE", "/api/contacts/u-2", f.admin_a).status == 404);
    CHECK(f.send("GET", "/api/contacts/u-2?companyId=B", f.admin_a).status == 403);
    CHECK(f.send("DELETE", "/api/contacts/u-2?companyId=", f.admin_a).status == 400);
    // A user of the same id is independent of other companies' users.
    auto mine = f.send("PUT", "/api/contacts/u-2", f.admin_a, R"({"name":"Mine"})");
    CHECK(mine.status == 200);
    CHECK(mine.text("/companyId") == "A");
    CHECK(f.data.contacts[{"u-2", "B"}].name == "Zo\xc3\xab");
    CHECK(f.send("GET", "/api/contacts/u-2", f.admin_a).text("/name") == "Mine");
    CHECK(f.send("PUT", "/api/contacts/u-3", f.admin_a, R"({"companyId":"B"})").status == 403);
    CHECK(f.send("DELETE", "/api/contacts/u-2", f.admin_a).status == 204);
    CHECK(f.data.contacts.contains({"u-2", "B"}));
    CHECK(f.data.contacts.size() == 2);
    auto made = f.send("PUT", "/api/contacts/u-3", f.admin_a, R"({"email":"a@b.example"})");
    CHECK(made.text("/companyId") == "A");
    CHECK(f.send("GET", "/api/contacts", f.reader_a).size("/contacts") == 2);
  }

  TEST_CASE("of a user at several companies, the query says which contact is meant") {
    admin_fixture f;
    add_contact(f.data, "u-1", "A");
    add_contact(f.data, "u-1", "B");
    add_contact(f.data, "u-1", "");
    auto unclear = f.get("/api/contacts/u-1");
    CHECK(unclear.status == 409);
    CHECK(unclear.text("/field") == "companyId");
    CHECK(f.remove("/api/contacts/u-1").status == 409);
    CHECK(f.get("/api/contacts/u-1?companyId=B").text("/companyId") == "B");
    CHECK(f.get("/api/contacts/u-1?companyId=").is_null("/companyId"));
    CHECK(f.get("/api/contacts/u-1?companyId=C").status == 404);
    CHECK(f.put("/api/contacts/u-1?companyId=B", R"({"name":"Bea"})").text("/companyId") == "B");
    CHECK(f.put("/api/contacts/u-1?companyId=B", R"({"companyId":"A"})").text("/field")
          == "companyId");
    CHECK(f.data.contacts[{"u-1", "A"}].name == "Zo\xc3\xab");
    CHECK(f.data.contacts[{"u-1", "B"}].name == "Bea");
    CHECK(f.remove("/api/contacts/u-1?companyId=B").status == 204);
    CHECK(f.remove("/api/contacts/u-1?companyId=").status == 204);
    CHECK(f.get("/api/contacts/u-1").text("/companyId") == "A");
  }

  // -- notifications --------------------------------------------------------------------

  TEST_CASE("notifications of a user are listed, the newest first, and unread ones are counted") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 5; ++i)
      add_notification(f.data, i, i == 3 ? "u-2" : "u-1", "A");
    f.data.notifications[3].read_at = from_micros(1'500'000);
    f.data.notifications[4].link.clear();
    f.data.notifications[4].event_seq = 0;
    auto page = f.get("/api/notifications?userId=u-1&limit=2");
    CHECK(page.number("/unread") == 3);
    REQUIRE(page.size("/notifications") == 2);
    CHECK(page.number("/notifications/0/id") == 5);
    CHECK(page.is_null("/notifications/0/link"));
    CHECK(page.is_null("/notifications/0/eventSeq"));
    CHECK(page.is_null("/notifications/0/readAt"));
    CHECK(page.text("/notifications/1/readAt") == "1970-01-01T00:00:01.500000Z");
    CHECK(page.text("/notifications/1/title") == "Order o-4 received");
    CHECK(page.text("/notifications/1/kind") == "order.created");
    CHECK(page.number("/notifications/1/eventSeq") == 4);
    auto rest = f.get("/api/notifications?userId=u-1&limit=2&cursor=" + page.text("/nextCursor"));
    CHECK(rest.number("/notifications/1/id") == 1);
    CHECK(rest.is_null("/nextCursor"));
    auto unread = f.get("/api/notifications?userId=u-1&unread=true");
    CHECK(unread.size("/notifications") == 3);
    CHECK(f.get("/api/notifications?userId=u-1&unread=0").size("/notifications") == 4);
    CHECK(f.get("/api/notifications").text("/field") == "userId");
    CHECK(f.get("/api/notifications?userId=" + std::string(200, 'u')).text("/field") == "userId");
    CHECK(f.get("/api/notifications?userId=u-1&unread=yes").text("/field") == "unread");
  }

  TEST_CASE("notifications are marked as read, one or all of a user") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 4; ++i)
      add_notification(f.data, i, i == 4 ? "u-2" : "u-1", "A");
    CHECK(f.post("/api/notifications/2/read").body == R"({"read":1})");
    CHECK(f.post("/api/notifications/2/read").body == R"({"read":0})");
    CHECK(f.post("/api/notifications/read", R"({"userId":"u-1"})").body == R"({"read":2})");
    CHECK(f.post("/api/notifications/read", R"({"userId":"stranger"})").body == R"({"read":0})");
    CHECK(!f.data.notifications[3].read_at);
    CHECK(f.post("/api/notifications/9/read").status == 404);
    for (const auto* id : {"0", "x", "-1", "18446744073709551616"})
      CHECK(f.post(std::string{"/api/notifications/"} + id + "/read").status == 404);
    CHECK(f.post("/api/notifications/read", "{}").text("/field") == "userId");
    CHECK(f.post("/api/notifications/read", R"({"userId":"","x":1})").text("/field") == "userId");
    CHECK(f.post("/api/notifications/read", R"({"userId":"u-1","id":2})").text("/field") == "id");
  }

  TEST_CASE("whoever names the user marks and sees nobody else's notification") {
    admin_fixture f;
    add_notification(f.data, 1, "u-1", "A");
    add_notification(f.data, 2, "u-2", "A");
    CHECK(f.post("/api/notifications/2/read", R"({"userId":"u-1"})").status == 404);
    CHECK(f.post("/api/notifications/2/read?userId=u-1").status == 404);
    CHECK(!f.data.notifications[1].read_at);
    CHECK(f.post("/api/notifications/2/read?userId=u-2", R"({"userId":"u-1"})").text("/field")
          == "userId");
    CHECK(f.post("/api/notifications/2/read", R"({"userId":7})").text("/field") == "userId");
    CHECK(f.post("/api/notifications/2/read", R"({"user":"u-2"})").text("/field") == "user");
    CHECK(!f.data.notifications[1].read_at);
    CHECK(f.post("/api/notifications/2/read?userId=u-2").body == R"({"read":1})");
    CHECK(f.post("/api/notifications/1/read", R"({"userId":"u-1"})").body == R"({"read":1})");
    CHECK(f.post("/api/notifications/1/read", "{}").body == R"({"read":0})");
    auto one = f.get("/api/notifications/1");
    CHECK(one.text("/title") == "Order o-1 received");
    CHECK(one.text("/userId") == "u-1");
    CHECK(f.get("/api/notifications/1?userId=u-1").body == one.body);
    CHECK(f.get("/api/notifications/1?userId=u-2").status == 404);
    CHECK(f.get("/api/notifications/9").status == 404);
    CHECK(f.get("/api/notifications/x").status == 404);
    add_notification(f.data, 3, "u-1", "B");
    CHECK(f.send("GET", "/api/notifications/3", f.reader_a).status == 404);
  }

  TEST_CASE("a key of a company reads and marks notifications of its own only") {
    admin_fixture f;
    add_notification(f.data, 1, "u-1", "A");
    add_notification(f.data, 2, "u-1", "B");
    auto seen = f.send("GET", "/api/notifications?userId=u-1", f.reader_a);
    CHECK(seen.size("/notifications") == 1);
    CHECK(seen.number("/unread") == 1);
    CHECK(f.send("GET", "/api/notifications?userId=u-1&companyId=B", f.reader_a).status == 403);
    CHECK(f.send("POST", "/api/notifications/2/read", f.admin_a).status == 404);
    CHECK(f.send("POST", "/api/notifications/read", f.admin_a, R"({"userId":"u-1"})").body
          == R"({"read":1})");
    CHECK(!f.data.notifications[1].read_at);
  }

  // -- documents ------------------------------------------------------------------------

  TEST_CASE("a document is given as a file, and what is known of it as JSON") {
    admin_fixture f;
    auto& x = keep_document(f.data, 7, "A");
    auto file = f.get("/api/documents/7");
    CHECK(file.status == 200);
    CHECK(file.body == "%PDF-7");
    CHECK(file.field("Content-Type") == "application/pdf");
    CHECK(file.field("Content-Disposition") == "attachment; filename=\"order-o-7.pdf\"");
    CHECK(file.field("ETag") == '"' + x.sha256 + '"');
    CHECK(file.field("X-Content-Type-Options") == "nosniff");
    CHECK(file.field("Content-Security-Policy").starts_with("sandbox"));
    auto known = f.get("/api/documents/7?metadata=1");
    CHECK(known.text("/fileName") == "order-o-7.pdf");
    CHECK(known.text("/kind") == "order_sheet");
    CHECK(known.number("/size") == 6);
    CHECK(known.number("/eventSeq") == 7);
    CHECK(known.text("/sha256") == x.sha256);
    CHECK(f.send("HEAD", "/api/documents/7", f.reader).status == 200);
    CHECK(f.get("/api/documents/7?metadata=maybe").text("/field") == "metadata");
    for (const auto* id : {"8", "0", "x", "18446744073709551616", "..%2F7"})
      CHECK(f.get(std::string{"/api/documents/"} + id).status == 404);
  }

  TEST_CASE("a name or a type that a stranger chose changes no header field") {
    admin_fixture f;
    auto& x = keep_document(f.data, 1, "A");
    x.file_name = "a\r\nSet-Cookie: x=1\"; b\\c/d%41 \xc3\xa9\xe2\x82\xac.pdf";
    x.content_type = "text/html";
    // As it comes over the wire: a client might decode it.
    raw_client client{f.port()};
    client.send("GET /api/documents/1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + f.admin
                + "\r\n\r\n");
    auto file = client.read();
    CHECK(file.status == 200);
    CHECK(file.field("set-cookie").empty());
    CHECK(file.field("content-type") == "application/octet-stream");
    CHECK(
      file.field("content-disposition")
      == "attachment; filename=\"a Set-Cookie: x=1_; b_c_d_41 _____.pdf\"; "
         "filename*=UTF-8''a%20Set-Cookie%3A%20x%3D1%22%3B%20b%5Cc%2Fd%2541%20%C3%A9%E2%82%AC.pdf");
    x.file_name.clear();
    CHECK(f.get("/api/documents/1")
            .field("Content-Disposition")
            .starts_with("attachment; filename=\"document\""));
  }

  TEST_CASE("a file that is gone or damaged is told without its place") {
    admin_fixture f;
    auto& gone = keep_document(f.data, 1, "A");
    f.data.files.erase(gone.sha256);
    auto& damaged = keep_document(f.data, 2, "A");
    f.data.files.insert_or_assign(damaged.sha256,
                                  failure{ec::store_corrupt, "/var/secret/place is other", {}});
    auto& unreadable = keep_document(f.data, 3, "A");
    f.data.files.insert_or_assign(unreadable.sha256,
                                  failure{ec::store_unavailable, "/var/secret/place: EIO", {}});
    for (auto [id, status] : {std::pair{1, 404}, std::pair{2, 500}, std::pair{3, 503}}) {
      auto answer = f.get("/api/documents/" + std::to_string(id));
      CHECK(answer.status == status);
      CHECK(answer.body.find("secret") == std::string::npos);
      CHECK(f.get("/api/documents/" + std::to_string(id) + "?metadata=1").status == 200);
    }
  }

  TEST_CASE("documents are listed, page by page, and a key of a company has its own only") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 5; ++i)
      keep_document(f.data, i, i % 2 == 1 ? "A" : "B");
    auto page = f.get("/api/documents?limit=3");
    CHECK(page.size("/documents") == 3);
    CHECK(page.number("/documents/0/id") == 5);
    auto rest = f.get("/api/documents?limit=3&cursor=" + page.text("/nextCursor"));
    CHECK(rest.size("/documents") == 2);
    CHECK(rest.is_null("/nextCursor"));
    CHECK(f.send("GET", "/api/documents", f.reader_a).size("/documents") == 3);
    auto hidden = f.send("GET", "/api/documents/2", f.admin_a);
    CHECK(hidden.status == 404);
    CHECK(hidden.body == f.send("GET", "/api/documents/99", f.admin_a).body);
    CHECK(f.send("GET", "/api/documents/2?metadata=1", f.admin_a).status == 404);
    CHECK(f.send("GET", "/api/documents/1", f.reader_a).body == "%PDF-1");
  }

  TEST_CASE("documents are deleted one by one, or all that are older than a time") {
    admin_fixture f;
    keep_document(f.data, 1, "A");
    keep_document(f.data, 2, "B");
    CHECK(f.remove("/api/documents/1").status == 204);
    CHECK(f.remove("/api/documents/1").status == 404);
    CHECK(f.send("DELETE", "/api/documents/2", f.admin_a).status == 404);
    for (const auto* id : {"0", "x", "18446744073709551616"})
      CHECK(f.remove(std::string{"/api/documents/"} + id).status == 404);
    CHECK(f.remove("/api/documents").text("/field") == "before");
    CHECK(f.remove("/api/documents?before=soon").text("/field") == "before");
    CHECK(f.send("DELETE", "/api/documents?before=2026-01-01", f.reader).status == 403);
    CHECK(f.send("DELETE", "/api/documents?before=2026-01-01", f.admin_a).body
          == R"({"deleted":0})");
    CHECK(f.remove("/api/documents?before=1970-01-01T00:00:01Z").body == R"({"deleted":0})");
    CHECK(f.remove("/api/documents?before=2026-01-01&companyId=B").body == R"({"deleted":1})");
    CHECK(f.data.documents.empty());
    CHECK(f.data.stamps.back().who == "key:3");
    keep_document(f.data, 3, "A");
    f.data.broken = true;
    auto refused = f.remove("/api/documents/3");
    CHECK(refused.status == 503);
    CHECK(refused.body.find("secret") == std::string::npos);
  }
}
