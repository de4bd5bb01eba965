#include "messages/evidence/event_proof.hpp"

#include "base/json/appender.hpp"
#include "base/json/object_reader.hpp"
#include "base/text/base64.hpp"

#include <algorithm>
#include <limits>

namespace carillon {

namespace {

constexpr std::string_view proof_format = "carillon event proof 1";

/// Hashes of a path: more than a tree of 2^64 leaves has levels.
constexpr size_t most_hashes = 128;

template <class Bytes>
std::string base64_of(const Bytes& x) {
  return to_base64({reinterpret_cast<const char*>(x.data()), x.size()});
}

void add_path(json_appender& out, const tree_path& path) {
  out.begin_array("path");
  for (const auto& x : path)
    out.item(std::string_view{base64_of(x)});
  out.end_array();
}

failure bad_member(const std::string& name, const char* why) {
  return {ec::invalid_argument, name + ' ' + why, name};
}

/// Reads members of an object, and keeps the first fault.
class proof_reader {
public:
  explicit proof_reader(const rapidjson::Value& object) : object_(object) {
  }

  const rapidjson::Value* find(const char* name) {
    const auto found = object_.FindMember(name);
    if (found != object_.MemberEnd())
      return &found->value;
    fail(name, "is missing");
    return nullptr;
  }

  std::string text(const char* name) {
    const auto* x = find(name);
    if (x != nullptr && x->IsString())
      return {x->GetString(), x->GetStringLength()};
    fail(name, "has to be a text");
    return {};
  }

  uint64_t number(const char* name, uint64_t most = std::numeric_limits<uint64_t>::max()) {
    const auto* x = find(name);
    if (x != nullptr && x->IsUint64() && x->GetUint64() <= most)
      return x->GetUint64();
    fail(name, "has to be a number in its range");
    return 0;
  }

  timestamp micros(const char* name) {
    const auto* x = find(name);
    if (x != nullptr && x->IsInt64())
      return from_micros(x->GetInt64());
    fail(name, "has to be a number of microseconds");
    return {};
  }

  template <class Bytes>
  void bytes(const char* name, std::string_view text, Bytes& out) {
    const auto read = from_base64(text);
    if (read && read->size() == out.size())
      std::copy(read->begin(), read->end(), out.begin());
    else
      fail(name, "is not base64 of the right length");
  }

  void fail(const char* name, const char* why) {
    if (!fault_)
      fault_ = bad_member(name, why);
  }

  const std::optional<failure>& fault() const noexcept {
    return fault_;
  }

private:
  const rapidjson::Value& object_;
  std::optional<failure> fault_;
};

std::optional<failure> read_event(const rapidjson::Value& object, event& out) {
  proof_reader in{object};
  out.seq = in.number("seq");
  out.time = in.micros("time");
  out.recorded_at = in.micros("recordedAt");
  out.audience = static_cast<audience>(in.number("audience", 3));
  out.hops = static_cast<uint8_t>(in.number("hops", 255));
  out.id = in.text("id");
  out.source = in.text("source");
  out.type = in.text("type");
  out.company_id = in.text("companyId");
  out.user_id = in.text("userId");
  out.correlation_id = in.text("correlationId");
  out.causation_id = in.text("causationId");
  out.traceparent = in.text("traceparent");
  out.data = in.text("data");
  out.metadata = in.text("metadata");
  return in.fault();
}

std::optional<failure> read_path(const rapidjson::Value& x, tree_path& out) {
  if (!x.IsArray() || x.Size() > most_hashes)
    return bad_member("path", "has to be a list of at most 128 hashes");
  proof_reader in{x};
  for (const auto& item : x.GetArray()) {
    out.emplace_back();
    if (item.IsString())
      in.bytes("path", {item.GetString(), item.GetStringLength()}, out.back());
    else
      in.fail("path", "has an element that is not a text");
  }
  return in.fault();
}

} // namespace

std::string json_of(const event_proof& x) {
  const auto& e = *x.event;
  std::string text;
  json_appender out{text};
  out.begin_object()
    .member("format", proof_format)
    .begin_object("event")
    .member("seq", e.seq)
    .member("time", to_micros(e.time))
    .member("recordedAt", to_micros(e.recorded_at))
    .member("audience", static_cast<uint64_t>(e.audience))
    .member("hops", static_cast<uint64_t>(e.hops))
    .member("id", std::string_view{e.id})
    .member("source", std::string_view{e.source})
    .member("type", std::string_view{e.type})
    .member("companyId", std::string_view{e.company_id})
    .member("userId", std::string_view{e.user_id})
    .member("correlationId", std::string_view{e.correlation_id})
    .member("causationId", std::string_view{e.causation_id})
    .member("traceparent", std::string_view{e.traceparent})
    .member("metadata", std::string_view{e.metadata})
    .member("data", std::string_view{e.data})
    .end_object()
    .begin_object("salts")
    .member("metadata", std::string_view{base64_of(x.salts.metadata)})
    .member("data", std::string_view{base64_of(x.salts.data)})
    .end_object();
  add_path(out, x.path);
  out.member("checkpoint", std::string_view{x.checkpoint}).end_object();
  return text;
}

expected<event_proof> event_proof_from(std::string_view json) {
  const auto object = parse_object(json);
  if (!object)
    return object.error();
  proof_reader in{*object};
  if (in.text("format") != proof_format)
    in.fail("format", "is not \"carillon event proof 1\"");
  event_proof out;
  out.checkpoint = in.text("checkpoint");
  const auto* given = in.find("event");
  const auto* salts = in.find("salts");
  const auto* path = in.find("path");
  if (in.fault())
    return *in.fault();
  if (!given->IsObject() || !salts->IsObject())
    return bad_member(given->IsObject() ? "salts" : "event", "has to be an object");
  auto read = std::make_shared<event>();
  if (auto fault = read_event(*given, *read))
    return *fault;
  out.event = std::move(read);
  proof_reader salts_in{*salts};
  salts_in.bytes("metadata", salts_in.text("metadata"), out.salts.metadata);
  salts_in.bytes("data", salts_in.text("data"), out.salts.data);
  if (salts_in.fault())
    return *salts_in.fault();
  if (auto fault = read_path(*path, out.path))
    return *fault;
  return out;
}

expected<checkpoint> checkpoint_of(std::string_view note) {
  const auto read = parse_note(note);
  if (!read)
    return read.error();
  return checkpoint::parse(read->text);
}

expected<checkpoint> checkpoint_of(std::string_view note, const note_key& key) {
  const auto read = parse_note(note);
  if (!read)
    return read.error();
  if (!is_signed_by(*read, key))
    return failure{ec::invalid_argument,
                   "the checkpoint is not signed by the key of " + key.name
                     + ", or its signature is wrong",
                   "checkpoint"};
  auto out = checkpoint::parse(read->text);
  if (out && out->origin != key.name)
    return failure{ec::invalid_argument, "the checkpoint is of another log, " + out->origin,
                   "checkpoint"};
  return out;
}

expected<checkpoint> check_proof(const event_proof& x, const note_key& key) {
  auto head = checkpoint_of(x.checkpoint, key);
  if (!head)
    return head;
  const auto& e = *x.event;
  if (e.seq == 0 || e.seq > head->size)
    return failure{ec::invalid_argument, "the checkpoint does not reach the event", "seq"};
  // The salts are given, so that the key of the hasher does not matter.
  const auto leaf = leaf_hasher{{}}(e, salted_hash(x.salts.metadata, e.metadata),
                                    salted_hash(x.salts.data, e.data));
  if (root_of_path(e.seq - 1, head->size, leaf, x.path) != head->root)
    return failure{ec::invalid_argument,
                   "the event, with its salts and this path, does not lead to the signed root",
                   {}};
  return head;
}

std::string json_of(const consistency_proof& x) {
  std::string text;
  json_appender out{text};
  out.begin_object()
    .member("from", x.from)
    .member("to", x.to)
    .member("fromRoot", std::string_view{base64_of(x.from_root)})
    .member("toRoot", std::string_view{base64_of(x.to_root)});
  add_path(out, x.path);
  out.end_object();
  return text;
}

} // namespace carillon
