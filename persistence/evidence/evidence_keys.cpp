#include "persistence/evidence/evidence_keys.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/file/key_file.hpp"
#include "base/merkle/signed_note.hpp"

namespace carillon {

expected<evidence_keys> open_evidence_keys(evidence_store& store, const std::string& key_file,
                                           std::string salt, const std::string& origin,
                                           timestamp now) {
  auto bound = store.bind_salt(salt_fingerprint(salt));
  if (!bound && bound.error().code == ec::conflict)
    return failure{ec::conflict,
                   "the tree over the log was made with another key of the node: put that key file "
                   "there, or name it by --key-file; if it is lost, `carillon audit reseal` begins "
                   "a new tree",
                   {}};
  if (!bound)
    return bound.error();
  auto seed = read_or_make_key_file(key_file, 32);
  if (!seed)
    return seed.error();
  const auto public_key = ed25519_public_key(*seed);
  if (!public_key)
    return public_key.error();
  if (auto listed = store.list_key(note_key{origin, *public_key}.text(), now); !listed)
    return listed.error();
  return evidence_keys{std::move(*seed), std::move(salt)};
}

std::string origin_of(const std::string& history) {
  return "carillon/" + history;
}

} // namespace carillon
