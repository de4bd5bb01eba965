#include "node/commands/support/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace carillon::commands {

// -- options ----------------------------------------------------------------------

command_option* command_option::type_name(const std::string& name) {
  of_->type_name(name);
  return this;
}

command_option* command_option::required() {
  of_->required();
  return this;
}

command_option* command_option::excludes(const std::string& other) {
  of_->excludes(other);
  return this;
}

command_option* command_option::excludes(command_option* other) {
  of_->excludes(other->of_);
  return this;
}

command_option* command_option::needs(command_option* other) {
  of_->needs(other->of_);
  return this;
}

command_option* command_option::check(const text_check& is_valid, const std::string& description) {
  of_->check(is_valid, description);
  return this;
}

command_option* command_option::one_of(std::initializer_list<const char*> texts) {
  of_->check(CLI::IsMember(std::vector<std::string>{texts.begin(), texts.end()}));
  return this;
}

command_option* command_option::between(int least, int most) {
  of_->check(CLI::Range(least, most));
  return this;
}

command_option* command_option::between(uint64_t least, uint64_t most) {
  of_->check(CLI::Range(least, most));
  return this;
}

command_option* command_option::positive() {
  of_->check(CLI::PositiveNumber);
  return this;
}

command_option* command_option::capture_default_str() {
  of_->capture_default_str();
  return this;
}

command_option* command_option::default_str(const std::string& text) {
  of_->default_str(text);
  return this;
}

command_option* command_option::allow_extra_args(bool value) {
  of_->allow_extra_args(value);
  return this;
}

command_option* command_option::take_last() {
  of_->take_last();
  return this;
}

command_option* command_option::delimiter(char x) {
  of_->delimiter(x);
  return this;
}

command_option* command_option::envname(const std::string& name) {
  of_->envname(name);
  return this;
}

command_option* command_option::group(const std::string& name) {
  of_->group(name);
  return this;
}

// -- commands ---------------------------------------------------------------------

command_line* command_line::add_subcommand(const std::string& name, const std::string& meaning) {
  return &below_.emplace_back(*of_->add_subcommand(name, meaning));
}

command_option* command_line::keep(CLI::Option* x) {
  return &options_.emplace_back(x);
}

template <class T>
command_option* command_line::add_option(const std::string& name, T& out,
                                         const std::string& meaning) {
  return keep(of_->add_option(name, out, meaning));
}

template command_option* command_line::add_option(const std::string&, std::string&,
                                                  const std::string&);
template command_option* command_line::add_option(const std::string&, std::vector<std::string>&,
                                                  const std::string&);
template command_option* command_line::add_option(const std::string&, std::optional<std::string>&,
                                                  const std::string&);
template command_option* command_line::add_option(const std::string&, std::optional<uint64_t>&,
                                                  const std::string&);
template command_option* command_line::add_option(const std::string&, std::vector<uint64_t>&,
                                                  const std::string&);
template command_option* command_line::add_option(const std::string&, uint32_t&,
                                                  const std::string&);
template command_option* command_line::add_option(const std::string&, uint64_t&,
                                                  const std::string&);

template <class T>
command_option* command_line::add_option_function(const std::string& name,
                                                  const std::function<void(const T&)>& take,
                                                  const std::string& meaning) {
  return keep(of_->add_option_function<T>(name, take, meaning));
}

template command_option* command_line::add_option_function(
  const std::string&, const std::function<void(const std::string&)>&, const std::string&);
template command_option*
command_line::add_option_function(const std::string&, const std::function<void(const uint32_t&)>&,
                                  const std::string&);
template command_option*
command_line::add_option_function(const std::string&, const std::function<void(const uint64_t&)>&,
                                  const std::string&);

template command_option*
command_line::add_option_function(const std::string&, const std::function<void(const double&)>&,
                                  const std::string&);

command_option* command_line::add_flag(const std::string& name, bool& out,
                                       const std::string& meaning) {
  return keep(of_->add_flag(name, out, meaning));
}

command_option* command_line::add_flag_callback(const std::string& name,
                                                const std::function<void()>& then,
                                                const std::string& meaning) {
  return keep(of_->add_flag_callback(name, then, meaning));
}

command_option* command_line::add_flag_function(const std::string& name,
                                                const std::function<void(int64_t)>& then,
                                                const std::string& meaning) {
  return keep(of_->add_flag_function(name, then, meaning));
}

void command_line::callback(const std::function<void()>& then) {
  of_->callback(then);
}

void command_line::require_subcommand(int count) {
  of_->require_subcommand(count);
}

void command_line::footer(const std::string& text) {
  of_->footer(text);
}

void command_line::set_version_flag(const std::string& name, const std::string& version) {
  of_->set_version_flag(name, version);
}

void refuse_without(const std::string& what) {
  throw CLI::RequiredError(what);
}

} // namespace carillon::commands
