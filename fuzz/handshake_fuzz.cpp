// Requests of untrusted clients, from the first byte to the decision of the gate: above all opening
// handshakes (RFC 6455 section 4.2.1). A session has a known identity, answers are well formed, and
// the split of the input into pieces changes nothing.

#include "fuzz/json_check.hpp"
#include "fuzz/require.hpp"
#include "messages/sessions/texts.hpp"
#include "net/auth/token/token_verifier.hpp"
#include "net/data/port/gate.hpp"
#include "net/data/sessions/entrance.hpp"
#include "net/http/answers.hpp"
#include "net/http/request_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace carillon;
using data::request_reader;

namespace {

struct port {
  data_port_options options;
  key_ring keys;
  std::unique_ptr<token_verifier> tokens;

  explicit port(bool dev) {
    options.sessions.dev_identities = dev;
    options.sessions.origins = {"https://app.example"};
    if (dev)
      keys.admit_everyone();
    else
      tokens = *token_verifier::open({.secret = "0123456789abcdef0123456789abcdef"});
  }
};

/// A rejection is one whole answer, even if it repeats parts of the request.
void check_problem(const data::refusal& x) {
  fuzz::require(!x.why.detail.empty());
  std::string answer;
  data::append_problem(answer, x, {});
  auto end = answer.find("\r\n\r\n");
  fuzz::require(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"));
  fuzz::require(end != std::string::npos && fuzz::is_json_object(answer.substr(end + 4)));
}

std::string told(const port& at, request_reader& reader, request_reader::step step) {
  if (step == request_reader::step::refused) {
    check_problem(reader.refused());
    return {};
  }
  auto* session = reader.admitted_session();
  if (session == nullptr)
    return "request " + std::string{reader.body()};
  if (session->refused) {
    fuzz::require(fuzz::is_json_object(error_json(*session->refused)));
    return "told " + session->refused->detail;
  }
  const auto& x = session->request;
  // A session requires credentials that verify.
  const auto& who = x.identity.who;
  fuzz::require(at.options.sessions.dev_identities || !who.user_id.empty()
                || !who.company_id.empty());
  hello_text hello;
  hello.who = who;
  fuzz::require(fuzz::is_json_object(to_json(hello)));
  if (reader.admitted().to == data::route::socket) {
    auto answer = sessions::switching_answer(*session);
    fuzz::require(answer.starts_with("HTTP/1.1 101 ") && answer.ends_with("\r\n\r\n"));
    // A header injected by the client would end it early.
    fuzz::require(answer.find("\r\n\r\n") == answer.size() - 4);
    fuzz::require(session->accept.size() == 28);
  }
  return "session " + who.user_id + '/' + who.company_id + '/' + std::to_string(x.since.value_or(0))
         + '/' + std::to_string(x.types.size());
}

std::vector<std::string> read(const port& at, std::string_view stream, size_t piece) {
  data::gate entrance{at.options, at.keys, at.tokens.get()};
  data::body_budget budget{.limit = 1'000'000, .used = 0};
  request_reader reader{entrance, budget};
  std::vector<std::string> out;
  std::string pending;
  while (!stream.empty()) {
    auto size = std::min(piece, stream.size());
    pending += stream.substr(0, size);
    stream.remove_prefix(size);
    while (!pending.empty()) {
      size_t used = 0;
      auto step = reader.feed(pending, used);
      fuzz::require(used <= pending.size());
      auto ended = step == request_reader::step::refused && reader.refused().close;
      if (step != request_reader::step::need_more) {
        auto is_session = reader.admitted_session() != nullptr;
        // The split decides which of several faults is seen first, and whether it is reported
        // before the body has arrived; valid requests do not depend on it.
        if (auto what = told(at, reader, step); !what.empty())
          out.push_back(std::move(what));
        // After a fault the split may decide how much of the rest is read.
        ended = ended || is_session || step == request_reader::step::refused;
      }
      pending.erase(0, used);
      if (ended)
        return out;
      if (step == request_reader::step::need_more)
        break;
      reader.next();
    }
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const port open{true};
  static const port closed{false};
  if (size < 2)
    return 0;
  std::string_view stream{reinterpret_cast<const char*>(data) + 2, size - 2};
  const auto& at = (data[0] & 1) != 0 ? open : closed;
  auto whole = read(at, stream, stream.size());
  fuzz::require(read(at, stream, 1 + data[1] % 64U) == whole);
  return 0;
}
