#include "net/http/request_body.hpp"

#include <algorithm>
#include <utility>

namespace carillon::data {

namespace {

/// Memory that a connection keeps between requests.
constexpr size_t kept_body_bytes = 32UL * 1024;

} // namespace

request_body::~request_body() {
  clear();
}

void request_body::begin(const admission& of, std::optional<uint64_t> content_length) {
  of_ = &of;
  content_length_ = content_length;
  limit_ = of.body_limit;
  expected_bytes_ = static_cast<size_t>(content_length.value_or(0));
}

void request_body::clear() {
  budget_.used -= stored_.size();
  if (budget_.shared != nullptr && !stored_.empty())
    budget_.shared->give_back(of_->who.company_id, stored_.size());
  stored_.clear();
  if (stored_.capacity() > kept_body_bytes)
    std::string{}.swap(stored_);
  of_ = nullptr;
  content_length_.reset();
  limit_ = received_ = expected_bytes_ = 0;
  whole_ = {};
  shape_known_ = false;
}

bool request_body::exceeds_limit(uint64_t more) const noexcept {
  return more > limit_ - std::min(limit_, received_);
}

void request_body::skip(std::string_view piece) noexcept {
  received_ += piece.size();
  expected_bytes_ -= std::min(expected_bytes_, piece.size());
}

/// The first byte of plain JSON shows whether it is one event or an array.
void request_body::look_at_shape(std::string_view piece) {
  if (shape_known_ || of_->form != body_form::json)
    return;
  auto first = piece.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return;
  shape_known_ = true;
  if (piece[first] != '[')
    limit_ = std::min(limit_, of_->single_limit);
}

std::optional<refusal> request_body::take(std::string_view piece) {
  skip(piece);
  look_at_shape(piece);
  if (std::max(received_, content_length_.value_or(0)) > limit_)
    return last_refusal(ec::too_large, "the body exceeds " + std::to_string(limit_)
                                         + " bytes; send less at a time");
  if (content_length_ && piece.size() == *content_length_) {
    whole_ = piece;
    return std::nullopt;
  }
  return store(piece);
}

std::optional<refusal> request_body::store(std::string_view piece) {
  if (budget_.used + piece.size() > budget_.limit)
    return last_refusal(ec::overloaded,
                        "too many requests are being received, retry after a pause");
  if (budget_.shared != nullptr) {
    const auto verdict = budget_.shared->take(of_->who.company_id, piece.size());
    if (verdict != share_verdict::granted) {
      auto why = budget_.shared->refusal(verdict);
      return last_refusal(why.code, std::move(why.detail));
    }
  }
  budget_.used += piece.size();
  stored_ += piece;
  return std::nullopt;
}

} // namespace carillon::data
