#pragma once

#include "node/commands/commands.hpp"

#include <doctest/doctest.h>
#include <httplib.h>

#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace carillon::test {

/// The result of a command line.
struct command_outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// Runs a command line in this process.
inline command_outcome run_command(const std::vector<std::string>& arguments) {
  std::vector<const char*> line{"carillon"};
  for (const auto& x : arguments)
    line.push_back(x.c_str());
  std::ostringstream out;
  std::ostringstream err;
  auto* real_out = std::cout.rdbuf(out.rdbuf());
  auto* real_err = std::cerr.rdbuf(err.rdbuf());
  auto code = commands::run(static_cast<int>(line.size()), line.data());
  std::cout.rdbuf(real_out);
  std::cerr.rdbuf(real_err);
  return {code, out.str(), err.str()};
}

/// An admin port with answers set by a test, which records its requests.
class fake_node {
public:
  struct request {
    /// Method and path with its query, e.g. `GET /api/keys?limit=1`.
    std::string line;
    std::string body;
    std::string authorization;
  };

  struct answer {
    int status = 200;
    std::string body = "{}";
  };

  fake_node() {
    auto handle = [this](const httplib::Request& x, httplib::Response& out) {
      std::lock_guard guard{mutex_};
      requests_.push_back({x.method + " " + x.target, x.body, x.get_header_value("Authorization")});
      auto reply = next_ < answers_.size() ? answers_[next_++] : answer{};
      out.status = reply.status;
      if (reply.status != 204)
        out.set_content(reply.body,
                        reply.status < 400 ? "application/json" : "application/problem+json");
    };
    server_.Get(".*", handle);
    server_.Post(".*", handle);
    server_.Put(".*", handle);
    server_.Patch(".*", handle);
    server_.Delete(".*", handle);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    // It cannot be stopped before it runs.
    while (!server_.is_running())
      std::this_thread::yield();
  }

  fake_node(const fake_node&) = delete;
  fake_node& operator=(const fake_node&) = delete;

  ~fake_node() {
    server_.stop();
    thread_.join();
  }

  /// The answers to the next requests, in their order.
  void answers(std::vector<answer> xs) {
    std::lock_guard guard{mutex_};
    answers_ = std::move(xs);
    next_ = 0;
    requests_.clear();
  }

  std::vector<request> requests() {
    std::lock_guard guard{mutex_};
    return requests_;
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

  /// Runs a command against it.
  command_outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--admin-url", url()});
    return run_command(arguments);
  }

  /// Checks that each line is rejected as a wrong command line, with code 2, before a request to
  /// the node.
  void refuses(std::vector<std::vector<std::string>> lines) {
    for (auto& line : lines) {
      auto result = run(line);
      std::string text;
      for (const auto& x : line)
        text += x + " ";
      CAPTURE(text);
      CHECK(result.code == 2);
      CHECK_FALSE(result.err.empty());
      CHECK(result.out.empty());
    }
    CHECK(requests().empty());
  }

private:
  httplib::Server server_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<answer> answers_;
  size_t next_ = 0;
  std::vector<request> requests_;
  int port_ = 0;
};

} // namespace carillon::test
