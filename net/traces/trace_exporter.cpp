#include "net/traces/trace_exporter.hpp"

#include "base/text/ascii.hpp"
#include "messages/webhooks/schedule.hpp"
#include "net/traces/otlp_json.hpp"
#include "net/webhooks/http_client.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

namespace carillon {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// After that a batch is given up.
constexpr std::chrono::seconds most_repeating = 120s;
constexpr std::chrono::milliseconds longest_pause = 30'000ms;
/// Of `Retry-After`.
constexpr std::chrono::milliseconds longest_asked_pause = 300'000ms;
constexpr std::chrono::seconds between_tellings = 60s;
constexpr const char* stopping = "the node stops";
constexpr size_t most_headers = 32;

int digit_of(char x) noexcept {
  if (x >= '0' && x <= '9')
    return x - '0';
  x = ascii_lower(x);
  return x >= 'a' && x <= 'f' ? x - 'a' + 10 : -1;
}

/// Empty for half an escape.
std::optional<std::string> percent_decoded(std::string_view x) {
  std::string out;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] != '%') {
      out += x[i];
      continue;
    }
    const auto high = i + 2 < x.size() ? digit_of(x[i + 1]) : -1;
    const auto low = i + 2 < x.size() ? digit_of(x[i + 2]) : -1;
    if (high < 0 || low < 0)
      return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool is_success(const http_response& x) noexcept {
  return x.fault == http_fault::none && x.status >= 200 && x.status < 300;
}

/// As OTLP 1 says (section "OTLP/HTTP response").
bool is_worth_repeating(const http_response& x) noexcept {
  if (x.fault != http_fault::none)
    return x.fault != http_fault::url && x.fault != http_fault::address_refused;
  return x.status == 429 || x.status == 502 || x.status == 503 || x.status == 504;
}

/// Without the collector's own words: they may repeat a secret.
std::string trouble_of(const http_response& x) {
  if (x.fault == http_fault::none)
    return "it answered " + std::to_string(x.status);
  return std::string{to_string(x.fault)} + (x.error.empty() ? "" : ": " + x.error);
}

http_client_options client_options(const trace_exporter_env& env) {
  http_client_options out;
  // The operator chose the address: it may be private, and without TLS.
  out.guard.allow = {"0.0.0.0/0", "::/0"};
  out.allow_http = true;
  out.ca_file = env.ca_file;
  out.max_connections = out.max_connections_per_host = 1;
  out.max_queued = 1;
  return out;
}

failure bad_header(const std::string& name, const std::string& why) {
  return {ec::invalid_argument, "the header field " + name + " of traces " + why, "otlp-headers"};
}

} // namespace

std::string traces_url(std::string endpoint) {
  constexpr std::string_view path = "/v1/traces";
  while (endpoint.ends_with('/'))
    endpoint.pop_back();
  return endpoint.ends_with(path) ? endpoint : endpoint + std::string{path};
}

expected<std::vector<std::pair<std::string, std::string>>>
header_fields_of(const std::vector<std::string>& headers) {
  std::vector<std::pair<std::string, std::string>> out;
  if (headers.size() > most_headers)
    return bad_header({}, "is one too many: 32 at most");
  for (const auto& x : headers) {
    const auto end = x.find('=');
    const auto name = std::string{trimmed(x.substr(0, end))};
    if (end == std::string::npos || !is_http_token(name))
      // Without the text: where there is no '=', it may be the secret itself.
      return bad_header("number " + std::to_string(out.size() + 1), "is not Name=value");
    auto value = percent_decoded(trimmed(std::string_view{x}.substr(end + 1)));
    if (!value)
      return bad_header(name, "has a % that begins no escape such as %20");
    const auto is_control
      = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::any_of(value->begin(), value->end(), is_control))
      return bad_header(name, "has a control character in its value");
    out.emplace_back(name, std::move(*value));
  }
  return out;
}

class trace_exporter::impl {
public:
  explicit impl(trace_exporter_env env) : env_(std::move(env)) {
  }

  expected<void> start() {
    auto fields = header_fields_of(env_.options.headers);
    if (!fields)
      return fields.error();
    fields_ = std::move(*fields);
    fields_.emplace_back("content-type", "application/json");
    auto client = http_client::make(client_options(env_));
    if (!client)
      return client.error();
    client_ = std::move(*client);
    auto url = client_->check(traces_url(env_.options.endpoint), true);
    if (!url)
      return failure{url.error().code, "the collector cannot be called: " + url.error().detail,
                     "otlp-endpoint"};
    url_ = std::move(*url);
    return start_thread();
  }

  void stop(std::chrono::milliseconds at_most) {
    env_.from->close();
    {
      std::unique_lock lock{mutex_};
      if (!stop_by_)
        stop_by_ = steady::now() + at_most;
      changed_.notify_all();
      changed_.wait_until(lock, *stop_by_, [&] { return finished_; });
    }
    // Ends the request of a collector that hangs.
    if (client_)
      client_->stop();
    if (thread_.joinable())
      thread_.join();
  }

private:
  expected<void> start_thread() {
    // Other threads handle signals.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    finished_ = false;
    try {
      thread_ = std::thread{[this] { run(); }};
    } catch (const std::system_error&) {
      started = false;
      finished_ = true;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (!started)
      return failure{ec::internal, "the system has no thread for traces", {}};
    return {};
  }

  void run() {
    for (;;) {
      auto batch = env_.from->take(steady::now() + env_.options.interval);
      if (batch.empty() && env_.from->is_closed())
        break;
      if (!batch.empty())
        send(batch);
      look_at_losses();
    }
    std::lock_guard lock{mutex_};
    finished_ = true;
    changed_.notify_all();
  }

  void send(const std::vector<span>& batch) {
    const auto body
      = std::make_shared<const std::string>(otlp_json(batch, env_.options.service, env_.instance));
    const auto give_up_at = steady::now() + most_repeating;
    for (auto pause = env_.first_pause;; pause = std::min(2 * pause, longest_pause)) {
      const auto answer = call(body);
      if (answer == nullptr)
        return lose(batch.size(), stopping);
      if (is_success(*answer))
        return succeed(batch.size(), *answer);
      env_.from->note_failed_request();
      if (!is_worth_repeating(*answer))
        return lose(batch.size(), trouble_of(*answer));
      const auto wait = wait_after(*answer, pause);
      tell_trouble(trouble_of(*answer));
      if (steady::now() + wait > give_up_at) {
        lose(batch.size(), trouble_of(*answer));
        // The collector gets its pause from the next batch, too.
        wait_for(wait);
        return;
      }
      if (!wait_for(wait))
        return lose(batch.size(), stopping);
    }
  }

  static std::chrono::milliseconds wait_after(const http_response& x,
                                              std::chrono::milliseconds pause) {
    const auto asked = retry_after_of(x.retry_after, wall_clock_now());
    return asked ? std::max(pause, std::min(*asked, longest_asked_pause)) : pause;
  }

  /// Null if there is no time for it.
  http_response_ptr call(const std::shared_ptr<const std::string>& body) {
    const auto left = time_left();
    if (left <= 0ms)
      return nullptr;
    http_request request;
    request.url = url_;
    request.headers = fields_;
    request.body = body;
    request.total_deadline = std::min(env_.options.timeout, left);
    request.connect_deadline = request.total_deadline;
    request.private_targets = true;
    answer_ = nullptr;
    client_->send(std::move(request), [this](http_response_ptr x) {
      {
        std::lock_guard lock{mutex_};
        answer_ = std::move(x);
      }
      changed_.notify_all();
    });
    // It always calls back, by the deadline of the request.
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return answer_ != nullptr; });
    return std::move(answer_);
  }

  std::chrono::milliseconds time_left() {
    std::lock_guard lock{mutex_};
    if (!stop_by_)
      return env_.options.timeout;
    return std::chrono::duration_cast<std::chrono::milliseconds>(*stop_by_ - steady::now());
  }

  /// False if the node stops meanwhile: there is no repetition then.
  bool wait_for(std::chrono::milliseconds x) {
    std::unique_lock lock{mutex_};
    return !changed_.wait_for(lock, x, [&] { return stop_by_.has_value(); });
  }

  void succeed(size_t spans, const http_response& answer) {
    const auto rejected = std::min<uint64_t>(rejected_spans(answer.body), spans);
    env_.from->note_sent(spans - rejected);
    env_.from->note_dropped(rejected);
    if (std::exchange(in_trouble_, false))
      tell("the collector of traces takes spans again; " + losses());
  }

  void lose(size_t spans, const std::string& why) {
    env_.from->note_dropped(spans);
    tell_trouble(why);
  }

  void tell_trouble(const std::string& why) {
    in_trouble_ = true;
    tell_now_and_then("the collector of traces does not take spans: " + why + "; " + losses());
  }

  /// Of spans for which there was no room.
  void look_at_losses() {
    if (const auto lost = env_.from->dropped(); lost != std::exchange(seen_losses_, lost))
      tell_now_and_then("more spans are made than the collector takes; " + losses());
  }

  void tell_now_and_then(const std::string& what) {
    const auto now = steady::now();
    if (told_at_ && now - *told_at_ < between_tellings)
      return;
    told_at_ = now;
    tell(what);
  }

  std::string losses() const {
    return std::to_string(env_.from->dropped()) + " spans were dropped since the start";
  }

  void tell(const std::string& what) const {
    if (env_.tell)
      env_.tell(what);
  }

  const trace_exporter_env env_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::string url_;
  std::unique_ptr<http_client> client_;

  std::mutex mutex_;
  std::condition_variable changed_;
  http_response_ptr answer_;
  /// When the node stops at the latest; empty = it does not stop.
  std::optional<steady::time_point> stop_by_;
  /// The thread has ended, or was not started.
  bool finished_ = true;

  // Of the thread.
  bool in_trouble_ = false;
  uint64_t seen_losses_ = 0;
  std::optional<steady::time_point> told_at_;
  std::thread thread_;
};

trace_exporter::trace_exporter(std::unique_ptr<impl> x) : impl_(std::move(x)) {
}

expected<std::unique_ptr<trace_exporter>> trace_exporter::make(trace_exporter_env env) {
  auto x = std::make_unique<impl>(std::move(env));
  if (auto started = x->start(); !started)
    return started.error();
  return std::unique_ptr<trace_exporter>{new trace_exporter{std::move(x)}};
}

trace_exporter::~trace_exporter() {
  stop(0ms);
}

void trace_exporter::stop(std::chrono::milliseconds at_most) {
  impl_->stop(at_most);
}

} // namespace carillon
