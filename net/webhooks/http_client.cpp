#include "net/webhooks/http_client.hpp"

#include "net/webhooks/host_queues.hpp"
#include "net/webhooks/multi_loop.hpp"
#include "net/webhooks/request_check.hpp"
#include "net/webhooks/transfer.hpp"

#include <csignal>
#include <fstream>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace carillon {

namespace {

using namespace std::chrono_literals;
using http::pending_request_ptr;
using http::steady_clock;

/// Precision of the deadlines of waiting requests.
constexpr std::chrono::milliseconds sweep_interval = 50ms;
/// Precision of the deadline of bodies.
constexpr std::chrono::milliseconds body_interval = 200ms;
/// Longest wait when idle.
constexpr std::chrono::milliseconds idle_wait = 1'000ms;

constexpr const char* stopping = "the node is stopping";

expected<void> check_library() {
  static const auto code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    return failure{ec::internal, "libcurl does not start", {}};
  constexpr int needed
    = CURL_VERSION_ASYNCHDNS | CURL_VERSION_SSL | CURL_VERSION_IPV6 | CURL_VERSION_HTTP2;
  if ((curl_version_info(CURLVERSION_NOW)->features & needed) != needed)
    return failure{
      ec::internal, "libcurl was built without threaded resolver, TLS, IPv6 or HTTP/2", {}};
  return {};
}

expected<void> check_options(const http_client_options& x) {
  if (x.max_connections == 0 || x.max_connections > 65'536 || x.max_connections_per_host == 0)
    return failure{ec::invalid_argument, "the number of connections is outside of 1 to 65536", {}};
  if (!x.ca_file.empty() && !std::ifstream{x.ca_file})
    return failure{ec::invalid_argument, "the file of trusted certificates cannot be read", {}};
  return {};
}

bound_ptr unshared(size_t capacity) {
  return std::make_shared<bound>("webhook requests", "requests that wait", capacity,
                                 std::numeric_limits<double>::infinity());
}

} // namespace

class http_client::impl {
public:
  impl(http_client_options options, address_guard guard, address_guard common)
    : options_(std::move(options)), guard_(std::move(guard)), common_(std::move(common)),
      loop_(static_cast<long>(options_.max_connections)),
      queues_({options_.max_connections_per_host, options_.max_connections, options_.connections}),
      waiting_(options_.waiting != nullptr ? options_.waiting : unshared(options_.max_queued)) {
  }

  bool start() {
    for (const auto& entry : options_.resolve)
      resolve_.reset(curl_slist_append(resolve_.release(), entry.c_str()));
    setup_ = {&options_, rules(), resolve_.get()};
    if (!loop_.ready())
      return false;
    // Other threads handle signals, above all SIGPIPE, which OpenSSL may raise.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      thread_ = std::thread{[this] { run(); }};
    } catch (const std::system_error&) {
      stopped_ = true;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return !stopped_;
  }

  void send(http_request request, callback done) {
    auto x = std::make_unique<http::pending_request>();
    x->request = std::move(request);
    x->done = std::move(done);
    x->begun = steady_clock::now();
    auto why = http::check_request(*x, rules());
    if (!why)
      why = enqueue(x);
    if (why)
      http::refuse(*x, why->fault, std::move(why->error));
  }

  expected<std::string> check(const std::string& url, bool private_targets) const {
    auto to = http::parse_target(url);
    if (!to)
      return to.error();
    if (auto may = http::judge_target(*to, rules(), private_targets); !may)
      return may.error();
    return std::move(to->url);
  }

  void set_own_ports(std::vector<uint16_t> ports) {
    own_.set(std::move(ports));
  }

  void stop() {
    {
      std::lock_guard lock{mutex_};
      stopped_ = true;
    }
    loop_.wake();
    std::lock_guard lock{stop_mutex_};
    if (thread_.joinable())
      thread_.join();
  }

private:
  http::target_rules rules() const noexcept {
    return {&common_, &guard_, &own_, options_.allow_http};
  }

  /// Accepts the request, or returns why it is rejected.
  std::optional<http::refusal> enqueue(pending_request_ptr& x) {
    std::lock_guard lock{mutex_};
    if (stopped_)
      return http::refusal{http_fault::not_sent, stopping};
    auto place = bound_lease::take(waiting_, x->request.company, 1);
    if (!place)
      return http::refusal{http_fault::not_sent, "too many requests are waiting to be sent"};
    x->place = std::move(*place);
    inbox_.push_back(std::move(x));
    if (inbox_.size() == 1)
      loop_.wake();
    return std::nullopt;
  }

  void run() {
    auto finished = [this](CURL* easy, CURLcode code) { finish(easy, code); };
    auto sweep_at = steady_clock::now() + sweep_interval;
    while (take_inbox()) {
      start_next();
      auto now = steady_clock::now();
      if (now >= sweep_at) {
        sweep(now);
        cut_late_bodies(now);
        sweep_at = now + (queues_.waiting() > 0 ? sweep_interval : body_interval);
      }
      loop_.turn(queues_.waiting() > 0 ? sweep_interval
                 : active_.empty()     ? idle_wait
                                       : body_interval,
                 finished);
    }
    end();
  }

  /// False once the client has stopped.
  bool take_inbox() {
    {
      std::lock_guard lock{mutex_};
      taken_.swap(inbox_);
      if (stopped_) {
        for (auto& x : taken_)
          queues_.add(std::move(x));
        taken_.clear();
        return false;
      }
    }
    for (auto& x : taken_)
      queues_.add(std::move(x));
    taken_.clear();
    return true;
  }

  void start_next() {
    for (auto x = queues_.next(); x; x = queues_.next()) {
      x->place = {};
      start(std::move(x));
    }
  }

  void start(pending_request_ptr x) {
    if (options_.may_begin && !options_.may_begin()) {
      refuse_started(std::move(x), "the node may call nobody now, see docs/cluster.md");
      return;
    }
    auto via = take_transfer();
    if (!via) {
      refuse_started(std::move(x));
      return;
    }
    auto* easy = via->easy();
    if (!via->begin(std::move(x)) || !loop_.add(easy)) {
      refuse_started(via->take_pending());
      return;
    }
    active_.emplace(easy, std::move(via));
  }

  void refuse_started(pending_request_ptr x, const char* why = "the node is out of memory") {
    queues_.finished(*x, false);
    http::refuse(*x, http_fault::not_sent, why);
  }

  std::unique_ptr<http::transfer> take_transfer() {
    if (!idle_.empty()) {
      auto out = std::move(idle_.back());
      idle_.pop_back();
      return out;
    }
    auto out = std::make_unique<http::transfer>(setup_);
    return out->open() ? std::move(out) : nullptr;
  }

  void finish(CURL* easy, CURLcode code) {
    auto at = active_.find(easy);
    if (at == active_.end())
      return;
    auto via = std::move(at->second);
    active_.erase(at);
    if (via->wants_new_connection()) {
      if ((!options_.may_begin || options_.may_begin()) && via->begin_anew() && loop_.add(easy))
        active_.emplace(easy, std::move(via));
      else
        refuse_started(via->take_pending());
      return;
    }
    auto result = via->finish(code);
    auto x = via->take_pending();
    idle_.push_back(std::move(via));
    queues_.finished(*x, result->status != 0);
    http::answer(*x, std::move(result));
  }

  void cut_late_bodies(steady_clock::time_point now) {
    std::vector<CURL*> late;
    for (const auto& [easy, via] : active_)
      if (via->is_body_late(now))
        late.push_back(easy);
    for (auto* easy : late) {
      loop_.remove(easy);
      finish(easy, CURLE_OPERATION_TIMEDOUT);
    }
  }

  void sweep(steady_clock::time_point now) {
    queues_.forget(now);
    if (queues_.waiting() == 0)
      return;
    auto late = queues_.expire(now);
    for (const auto& x : late)
      http::refuse(*x, http_fault::timeout,
                   "no connection to the host was free within "
                     + std::to_string(x->request.total_deadline.count()) + " ms");
  }

  void end() {
    for (auto& [easy, via] : active_) {
      loop_.remove(easy);
      http::refuse(*via->take_pending(), http_fault::not_sent, stopping);
    }
    active_.clear();
    for (const auto& x : queues_.clear())
      http::refuse(*x, http_fault::not_sent, stopping);
  }

  const http_client_options options_;
  const address_guard guard_;
  const address_guard common_;
  own_ports own_;
  slist_ptr resolve_;
  http::transfer_setup setup_;

  std::mutex mutex_;
  std::vector<pending_request_ptr> inbox_;
  bool stopped_ = false;

  // Of the thread.
  http::multi_loop loop_;
  http::host_queues queues_;
  /// In the inbox or in the queues.
  const bound_ptr waiting_;
  std::vector<pending_request_ptr> taken_;
  std::vector<std::unique_ptr<http::transfer>> idle_;
  std::unordered_map<CURL*, std::unique_ptr<http::transfer>> active_;

  std::mutex stop_mutex_;
  std::thread thread_;
};

http_client::http_client(std::unique_ptr<impl> x) : impl_(std::move(x)) {
}

expected<std::unique_ptr<http_client>> http_client::make(http_client_options options) {
  if (auto usable = check_library(); !usable)
    return usable.error();
  if (auto fit = check_options(options); !fit)
    return fit.error();
  auto guard = address_guard::make(options.guard);
  if (!guard)
    return guard.error();
  auto common = address_guard::make({});
  if (!common)
    return common.error();
  if (options.user_agent.empty())
    options.user_agent = "Carillon/" CARILLON_VERSION;
  auto x = std::make_unique<impl>(std::move(options), std::move(*guard), std::move(*common));
  if (!x->start())
    return failure{ec::internal, "the system has no resources for the HTTP client", {}};
  return std::unique_ptr<http_client>{new http_client{std::move(x)}};
}

http_client::~http_client() {
  stop();
}

void http_client::send(http_request request, callback done) {
  impl_->send(std::move(request), std::move(done));
}

expected<std::string> http_client::check(const std::string& url, bool private_targets) const {
  return impl_->check(url, private_targets);
}

void http_client::set_own_ports(std::vector<uint16_t> ports) {
  impl_->set_own_ports(std::move(ports));
}

void http_client::stop() {
  impl_->stop();
}

} // namespace carillon
