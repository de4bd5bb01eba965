#include "messages/traces/tracer.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

namespace carillon {

namespace {

/// SplitMix64: a step of it maps numbers that follow one another to numbers that look random.
uint64_t mixed(uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// An id is not 0.
uint64_t nonzero(uint64_t x) noexcept {
  return x != 0 ? x : 1;
}

/// FNV-1a.
uint64_t seed_of(std::string_view text) noexcept {
  uint64_t out = 0xcbf29ce484222325U;
  for (char c : text) {
    out ^= static_cast<unsigned char>(c);
    out *= 0x100000001b3U;
  }
  return out;
}

/// True for this part of all numbers.
bool is_within(uint64_t x, double part) noexcept {
  constexpr double unit = 1.0 / static_cast<double>(uint64_t{1} << 53U);
  return static_cast<double>(x >> 11U) * unit < part;
}

uint64_t random_number() {
  thread_local std::mt19937_64 source = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64{seed};
  }();
  return nonzero(source());
}

} // namespace

tracer::tracer(const trace_options& options, std::string_view history)
  : ratio_(options.ratio), most_waiting_(std::max<size_t>(options.queue, 1)),
    batch_(std::clamp<size_t>(options.batch, 1, most_waiting_)), seed_(seed_of(history)) {
}

trace_context tracer::publish_of(position seq, std::string_view traceparent) const noexcept {
  const auto high = mixed(seed_ + seq);
  const auto low = nonzero(mixed(high ^ seed_));
  const auto own = nonzero(mixed(low ^ seq));
  if (!traceparent.empty())
    if (auto caller = trace_context_from(traceparent)) {
      caller->span = own;
      return *caller;
    }
  return {high, low, own, is_within(low, ratio_)};
}

trace_context tracer::new_trace() {
  return {random_number(), random_number(), random_number(), true};
}

uint64_t tracer::new_span() {
  return random_number();
}

void tracer::record(span x) {
  bool full = false;
  {
    std::lock_guard lock{mutex_};
    if (waiting_.size() >= most_waiting_) {
      ++dropped_;
      return;
    }
    waiting_.push_back(std::move(x));
    full = waiting_.size() == batch_;
  }
  if (full)
    changed_.notify_one();
}

std::vector<span> tracer::take(clock::time_point until) {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, until, [&] { return closed_ || waiting_.size() >= batch_; });
  const auto end
    = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(batch_, waiting_.size()));
  std::vector<span> out(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return out;
}

void tracer::close() {
  {
    std::lock_guard lock{mutex_};
    closed_ = true;
  }
  changed_.notify_all();
}

bool tracer::is_closed() const {
  std::lock_guard lock{mutex_};
  return closed_;
}

size_t tracer::waiting() const {
  std::lock_guard lock{mutex_};
  return waiting_.size();
}

} // namespace carillon
