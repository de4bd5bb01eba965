#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_evidence") {
  namespace {

  struct fixture : admin_fixture {
    fixture() {
      add_events(4);
      auto guard = lock();
      data.evidence.head = {.size = 3, .time = from_micros(0), .note = "log\n3\nroot\n\nsigned\n"};
      data.evidence.keys = {{"old", from_micros(0)}, {"new", from_micros(1)}};
      data.evidence.witnesses = {{.to = "file", .size = 3, .time = from_micros(0)},
                                 {.to = "https://w.test", .failures = 7, .trouble = "timeout"}};
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the checkpoint is shown with the keys, or as the note alone") {
    auto all = get("/api/audit/checkpoint");
    CHECK(all.status == 200);
    CHECK(all.number("/size") == 3);
    CHECK(all.text("/time") == "1970-01-01T00:00:00.000000Z");
    CHECK(all.text("/checkpoint") == "log\n3\nroot\n\nsigned\n");
    CHECK(all.size("/keys") == 2);
    CHECK(all.text("/keys/1/key") == "new");
    auto note = get("/api/audit/checkpoint?format=note");
    CHECK(note.status == 200);
    CHECK(note.body == "log\n3\nroot\n\nsigned\n");
    CHECK(note.field("Content-Type").starts_with("text/plain"));
    CHECK(get("/api/audit/checkpoint?format=xml").text("/field") == "format");
  }

  TEST_CASE_FIXTURE(fixture, "what the witnesses have is shown to keys without a company") {
    auto all = get("/api/audit/checkpoint");
    REQUIRE(all.size("/witnesses") == 2);
    CHECK(all.text("/witnesses/0/to") == "file");
    CHECK(all.number("/witnesses/0/size") == 3);
    CHECK(all.number("/witnesses/1/size") == 0);
    CHECK(all.number("/witnesses/1/failures") == 7);
    CHECK(all.text("/witnesses/1/trouble") == "timeout");
    const auto bound = send("GET", "/api/audit/checkpoint", reader_a);
    CHECK(bound.status == 200);
    CHECK(bound.body.find("witnesses") == std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "before the first one is signed there is no checkpoint") {
    {
      auto guard = lock();
      data.evidence.head = {};
    }
    CHECK(get("/api/audit/checkpoint").status == 404);
    CHECK(get("/api/audit/checkpoint?format=note").status == 404);
  }

  TEST_CASE_FIXTURE(fixture, "the proof of an event tells the event") {
    auto proof = get("/api/audit/events/1/proof");
    CHECK(proof.status == 200);
    CHECK(proof.text("/format") == "carillon event proof 1");
    CHECK(proof.number("/event/seq") == 1);
    CHECK(proof.text("/event/companyId") == "A");
    CHECK(proof.text("/checkpoint") == "log\n3\nroot\n\nsigned\n");
  }

  TEST_CASE_FIXTURE(fixture, "what is not there, or not signed yet, is not proven") {
    CHECK(get("/api/audit/events/4/proof").status == 404);
    CHECK(get("/api/audit/events/5/proof").status == 404);
    for (const auto* seq : {"0", "x", "-1", "1x", "18446744073709551616"})
      CHECK(get("/api/audit/events/" + std::string{seq} + "/proof").text("/field") == "seq");
  }

  TEST_CASE_FIXTURE(fixture, "a key of a company gets proofs of its own events") {
    CHECK(send("GET", "/api/audit/events/1/proof", reader_a).status == 200);
    const auto other = send("GET", "/api/audit/events/2/proof", reader_a);
    CHECK(other.status == 404);
    CHECK(other.body == send("GET", "/api/audit/events/99/proof", reader_a).body);
    CHECK(send("GET", "/api/audit/checkpoint", reader_a).status == 200);
    CHECK(send("GET", "/api/audit/events/1/proof", publisher).status == 403);
    CHECK(send("GET", "/api/audit/checkpoint", {}).status == 401);
  }

  TEST_CASE_FIXTURE(fixture, "consistency needs the earlier size") {
    CHECK(get("/api/audit/consistency?from=1&to=2").status == 200);
    CHECK(data.consistency_asked.from == 1);
    CHECK(data.consistency_asked.to == 2);
    CHECK(get("/api/audit/consistency?from=2").number("/from") == 2);
    CHECK(data.consistency_asked.to == 0);
    CHECK(get("/api/audit/consistency").text("/field") == "from");
    CHECK(get("/api/audit/consistency?from=x").text("/field") == "from");
    CHECK(get("/api/audit/consistency?from=1&to=-1").text("/field") == "to");
  }

  TEST_CASE_FIXTURE(fixture, "the audit log says which events leave rows") {
    auto list = get("/api/audit");
    CHECK(list.size("/eventTypes") == 1);
    CHECK(list.text("/eventTypes/0") == "security.*");
  }
}
