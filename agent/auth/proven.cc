#include "agent/auth/proven.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <cstring>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string>

namespace auth {
namespace {

using Context = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

void demand(bool done) {
    if (!done) throw Error(Fault::internal, "OpenSSL makes no keyed hash");
}

// Made at the start of the process. As it comes first in what is hashed, and the hash is never shown, nobody can go on
// from one.
struct Key {
    Key() : digest(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
        demand(digest && RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    }
    Handle<EVP_MD, EVP_MD_free> digest;
    ProofKey bytes{};
};

// Each thread has one, which is used again: to make one costs more than the hash.
const Context& begun() {
    static const Key key;
    thread_local const Context context(EVP_MD_CTX_new());
    demand(context && EVP_DigestInit_ex2(context.get(), key.digest.get(), nullptr) == 1 &&
           EVP_DigestUpdate(context.get(), key.bytes.data(), key.bytes.size()) == 1);
    return context;
}

// With its length, so that no two things are written alike.
void add(const Context& context, std::string_view text) {
    const auto size = text.size();
    EVP_DigestUpdate(context.get(), &size, sizeof size);
    EVP_DigestUpdate(context.get(), text.data(), size);
}

} // namespace

ProofKey key_of(const Shown& shown, std::size_t way) {
    const auto& context = begun();
    EVP_DigestUpdate(context.get(), &way, sizeof way);
    add(context, shown.authorization);
    add(context, shown.token);
    add(context, shown.certificate ? shown.certificate->fingerprint : std::string_view());
    if (shown.process) {
        EVP_DigestUpdate(context.get(), &shown.process->uid, sizeof shown.process->uid);
        EVP_DigestUpdate(context.get(), &shown.process->gid, sizeof shown.process->gid);
        for (const auto group : shown.process->groups) EVP_DigestUpdate(context.get(), &group, sizeof group);
    }
    ProofKey key{};
    demand(EVP_DigestFinal_ex(context.get(), key.data(), nullptr) == 1);
    return key;
}

std::size_t HashOfKey::operator()(const ProofKey& key) const noexcept {
    std::size_t begin = 0;
    std::memcpy(&begin, key.data(), sizeof begin);
    return begin;
}

bool Proven::Entry::holds() const noexcept {
    return std::chrono::system_clock::now() < holds_until &&
           std::chrono::steady_clock::now() < since + longest;
}

const Principal* Proven::find(const ProofKey& key, std::uint64_t generation) {
    const auto known = known_.find(key);
    if (known == known_.end()) return nullptr;
    const auto& entry = known->second;
    if (entry.generation == generation && entry.holds()) return &entry.who;
    known_.erase(known);
    return nullptr;
}

void Proven::put(const ProofKey& key, const Verdict& verdict, std::uint64_t generation) {
    if (!verdict.who || verdict.holds_until <= std::chrono::system_clock::now()) return;
    if (known_.size() >= most) make_room();
    known_.insert_or_assign(
        key, Entry{*verdict.who, verdict.holds_until, generation, std::chrono::steady_clock::now()});
}

// What holds no more; if all holds, any of them.
void Proven::make_room() {
    if (std::erase_if(known_, [](const auto& each) { return !each.second.holds(); }) == 0)
        known_.erase(known_.begin());
}

} // namespace auth
