#pragma once

#include "base/failure.hpp"
#include "messages/events/publish.hpp"

#include <string>
#include <string_view>

namespace carillon::data {

struct refusal;
struct whole_answer;

/// Properties of an answer besides its contents.
struct answer_style {
  /// The connection is closed after it.
  bool close = false;
  /// The client uses HTTP/1.0 and keeps the connection.
  bool keep_alive_10 = false;
  /// Answer to HEAD: no body.
  bool head_only = false;
  /// A whole `Date` line.
  std::string_view date;
  /// Further whole lines, e.g. those of CORS.
  std::string_view fields = {};
};

/// The `Date` line for now, with its line end (RFC 9110 section 5.6.7).
std::string date_line();

/// Appends a JSON answer.
void append_answer(std::string& out, int status, std::string_view body, const answer_style& style);

/// Appends an answer with its own fields, and `Cache-Control: no-store` unless these have another;
/// one of 204 or 304 has neither body nor length (RFC 9110 section 8.6).
void append_whole(std::string& out, const whole_answer& x, const answer_style& style);

/// Appends `201 {"seq","id","duplicate":false}`, or 200 for a duplicate.
/// @param escaped_id as a JSON string with its quotes
void append_receipt(std::string& out, const receipt& x, std::string_view escaped_id,
                    const answer_style& style);

/// Why an event is rejected whose id belongs to another event of the same company and source.
failure conflict_of(const receipt& x);

/// Appends the body of `append_receipt`.
void append_receipt_json(std::string& out, const receipt& x, std::string_view escaped_id);

/// Appends a problem document with the header fields that its status requires. Like every answer
/// here, it has `X-Content-Type-Options: nosniff`.
void append_problem(std::string& out, const refusal& x, const answer_style& style);

/// The same for a plain failure.
void append_problem(std::string& out, const failure& x, const answer_style& style);

/// A failure as a problem document, with `Retry-After` where a pause helps.
whole_answer problem_answer(const failure& why);

} // namespace carillon::data
