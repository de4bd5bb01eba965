#include "net/http/follower.hpp"

#include "base/json/writer.hpp"
#include "base/problem.hpp"

#include <algorithm>
#include <string_view>

namespace carillon::data {

namespace {

constexpr int unavailable = 503;

} // namespace

std::string checked_address(std::string x) {
  const auto odd = [](unsigned char c) { return c <= ' ' || c > '~'; };
  return std::any_of(x.begin(), x.end(), odd) ? std::string{} : x;
}

whole_answer not_owner_answer(const store_owner& x) {
  const auto address = checked_address(x.address);
  const auto known = !address.empty();
  json_writer out;
  out.begin_object()
    .member("type", "urn:carillon:problem:not_owner")
    .member("title", "Another node owns the store")
    .member("status", int64_t{unavailable})
    .member("detail", known
                        ? std::string_view{"this node follows; send this to its owner"}
                        : std::string_view{"this node follows, and does not know the owner now; "
                                           "retry after a pause"})
    .member("code", "not_owner")
    .begin_object("owner")
    .member_or_null("name", x.name)
    .member_or_null("address", address)
    .end_object()
    .end_object();
  whole_answer answer{.status = unavailable,
                      .body = out.take(),
                      .media_type = std::string{problem_media_type},
                      .fields = "Retry-After: 1\r\n"};
  if (known)
    answer.fields += "Carillon-Active: " + address + "\r\n";
  return answer;
}

whole_answer following_answer(const std::string& waits_for) {
  json_writer out;
  out.begin_object()
    .member("status", waits_for.empty() ? "following" : "waiting")
    .member_or_null("waitingFor", waits_for)
    .end_object();
  whole_answer answer{.status = waits_for.empty() ? 200 : unavailable, .body = out.take()};
  if (!waits_for.empty())
    answer.fields = "Retry-After: 1\r\n";
  return answer;
}

} // namespace carillon::data
