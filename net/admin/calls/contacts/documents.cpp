#include "base/text/hex.hpp"
#include "base/text/plain_text.hpp"
#include "messages/codec/codec.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/contacts/contact_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

namespace {

template <class R, class Request>
expected<R> ask_documents(const call& c, Request request) {
  if (c.ctx.backend.state_reader.documents == nullptr)
    return failure{ec::store_unavailable, "documents are not kept here", {}};
  return ask<R>(c, c.ctx.backend.state_reader.documents, std::move(request));
}

void put_document(json_writer& out, const document& x) {
  out.begin_object()
    .member("id", x.id)
    .member("kind", std::string_view{x.kind})
    .member_or_null("companyId", x.company_id)
    .member_or_null("userId", x.user_id)
    .member("eventSeq", x.event_seq == 0 ? std::nullopt : std::optional{x.event_seq})
    .member("fileName", std::string_view{x.file_name})
    .member("contentType", std::string_view{x.content_type})
    .member("size", x.size)
    .member("sha256", std::string_view{x.sha256})
    .member("createdAt", x.created_at)
    .end_object();
}

bool is_attribute_char(char c) noexcept {
  constexpr std::string_view other = "!#$&+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || other.find(c) != std::string_view::npos;
}

/// A download under this name (RFC 6266): as ASCII, and in full if it is more than that (RFC 8187).
std::string disposition_of(std::string_view file_name) {
  auto name = one_line(file_name, 255);
  std::string plain;
  std::string full;
  for (auto c : name) {
    auto byte = static_cast<unsigned char>(c);
    auto fits = byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '%' && c != '/';
    plain += fits ? c : '_';
    if (is_attribute_char(c))
      full += c;
    else
      append_percent_encoded(full, byte);
  }
  auto out = "attachment; filename=\"" + (plain.empty() ? "document" : plain) + '"';
  return plain == name ? out : out + "; filename*=UTF-8''" + full;
}

/// Only types that cannot run as a page of this port are sent with their own media type.
std::string_view media_type_of(const document& x) noexcept {
  return x.content_type == "application/pdf" ? "application/pdf" : "application/octet-stream";
}

expected<answer> content_of(const call& c, const document& x) {
  if (!c.ctx.backend.read_document)
    return failure{ec::store_unavailable, "documents are not kept here", {}};
  auto bytes = c.ctx.backend.read_document(x);
  // Messages of the file system are for the operator.
  if (!bytes && bytes.error().code == ec::not_found)
    return failure{ec::not_found, "the file of this document is gone", "id"};
  if (!bytes && bytes.error().code == ec::store_corrupt)
    return failure{ec::store_corrupt, "the file of this document is damaged", "id"};
  if (!bytes)
    return failure{ec::store_unavailable, "the file of this document cannot be read", "id"};
  answer out;
  out.body = std::move(*bytes);
  out.media_type = media_type_of(x);
  out.fields = {{"Content-Disposition", disposition_of(x.file_name)},
                {"ETag", '"' + x.sha256 + '"'},
                {"Content-Security-Policy", "sandbox; default-src 'none'"}};
  return out;
}

expected<uint64_t> remove(const call& c, const document_removal& x) {
  if (!c.ctx.backend.delete_documents)
    return failure{ec::store_unavailable, "documents are not kept here", {}};
  auto count = c.ctx.backend.delete_documents(x);
  // Messages of the file system are for the operator.
  if (!count && count.error().code != ec::not_found)
    return failure{ec::store_unavailable,
                   "not all of them could be deleted; what is left can be deleted later",
                   {}};
  return count;
}

} // namespace

expected<answer> show_documents(call& c) {
  query_reader q{c};
  list_documents request;
  request.page.company_id = q.company();
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  auto page = ask_documents<document_page>(c, std::move(request));
  if (!page)
    return page.error();
  return answer_page("documents", *page, q, put_document);
}

expected<answer> show_document(call& c) {
  query_reader q{c};
  auto metadata = q.flag("metadata");
  if (q.fault())
    return *q.fault();
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return failure{ec::not_found, "there is no such document", "id"};
  auto found = ask_documents<document>(c, get_document{.id = *id, .company_id = c.bound_company()});
  if (!found)
    return found.error();
  if (!metadata)
    return content_of(c, *found);
  json_writer out;
  put_document(out, *found);
  return answer{.body = out.take()};
}

expected<answer> delete_document(call& c) {
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return failure{ec::not_found, "there is no such document", "id"};
  auto gone = remove(c, {.id = *id, .company_id = c.bound_company(), .by = c.stamp()});
  if (!gone)
    return gone.error();
  return answer{.status = 204};
}

expected<answer> delete_documents(call& c) {
  query_reader q{c};
  auto before = q.date("before");
  document_removal request{.company_id = q.company(), .by = c.stamp()};
  if (q.fault())
    return *q.fault();
  if (!before)
    return failure{ec::invalid_argument,
                   "say by before up to which date or time documents are deleted", "before"};
  request.before = *before;
  auto count = remove(c, request);
  if (!count)
    return count.error();
  json_writer out;
  out.begin_object().member("deleted", *count).end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
