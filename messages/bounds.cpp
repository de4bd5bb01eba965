#include "messages/bounds.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace carillon {

// -- bound --------------------------------------------------------------------

bound::bound(std::string name, std::string unit, uint64_t capacity, double greed)
  : name_(std::move(name)), unit_(std::move(unit)), share_(capacity, greed) {
}

share_verdict bound::take(std::string_view company, uint64_t n) {
  share_verdict out;
  {
    std::lock_guard guard{mutex_};
    out = share_.take(company, n);
  }
  if (out == share_verdict::over_share)
    ++over_share_;
  else if (out == share_verdict::full)
    ++full_;
  return out;
}

void bound::hold(std::string_view company, uint64_t n) {
  std::lock_guard guard{mutex_};
  share_.hold(company, n);
}

bool bound::try_take(std::string_view company, uint64_t n) {
  std::lock_guard guard{mutex_};
  return share_.take(company, n) == share_verdict::granted;
}

void bound::give_back(std::string_view company, uint64_t n) noexcept {
  std::lock_guard guard{mutex_};
  share_.give_back(company, n);
}

failure bound::refusal(share_verdict x) const {
  if (x == share_verdict::over_share)
    return {ec::quota_exceeded,
            "this company has its share of the node's " + name_ + "; retry after a pause",
            {}};
  return {ec::overloaded, "the node has no more room for " + name_ + "; retry after a pause", {}};
}

bound_status bound::status(std::string_view company) const {
  std::lock_guard guard{mutex_};
  return {.name = name_,
          .unit = unit_,
          .capacity = share_.capacity(),
          .used = share_.used(),
          .own = share_.used_by(company),
          .holders = share_.holders(),
          .over_share = over_share_,
          .full = full_};
}

// -- bound_lease --------------------------------------------------------------

expected<bound_lease> bound_lease::take(bound_ptr from, std::string company, uint64_t n) {
  if (const auto verdict = from->take(company, n); verdict != share_verdict::granted)
    return from->refusal(verdict);
  return bound_lease{std::move(from), std::move(company), n};
}

bound_lease bound_lease::hold(bound_ptr from, std::string company, uint64_t n) {
  from->hold(company, n);
  return {std::move(from), std::move(company), n};
}

bound_lease::bound_lease(bound_lease&& x) noexcept
  : from_(std::exchange(x.from_, nullptr)), company_(std::move(x.company_)), n_(x.n_) {
}

bound_lease& bound_lease::operator=(bound_lease&& x) noexcept {
  std::swap(from_, x.from_);
  std::swap(company_, x.company_);
  std::swap(n_, x.n_);
  return *this;
}

bound_lease::~bound_lease() {
  if (from_ != nullptr)
    from_->give_back(company_, n_);
}

// -- bounds -------------------------------------------------------------------

void bounds::set_percent(uint32_t percent) {
  std::lock_guard guard{mutex_};
  const auto part = static_cast<double>(std::clamp<uint32_t>(percent, 1, 100)) / 100.0;
  greed_ = part < 1.0 ? part / (1.0 - part) : std::numeric_limits<double>::infinity();
}

bound_ptr bounds::add(std::string name, std::string unit, uint64_t capacity) {
  std::lock_guard guard{mutex_};
  for (const auto& [known, x] : all_)
    if (known == name)
      return x;
  auto made = std::make_shared<bound>(name, std::move(unit), capacity, greed_);
  all_.emplace_back(std::move(name), made);
  return made;
}

std::vector<bound_status> bounds::list(std::string_view company) const {
  std::lock_guard guard{mutex_};
  std::vector<bound_status> out;
  for (const auto& entry : all_)
    out.push_back(entry.second->status(company));
  return out;
}

} // namespace carillon
