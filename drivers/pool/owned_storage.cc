#include "drivers/pool/owned_storage.hh"

#include "drivers/pool/files_behind.hh"

namespace hv::pool {

Storage& OwnedStorage::ours() const {
    lock_.check();
    return pool_;
}

std::map<std::string, std::vector<Uuid>> OwnedStorage::behind(const std::vector<std::string>& files) {
    return files_behind(directory_, files);
}

Volume OwnedStorage::create(const Uuid& id, std::uint64_t bytes) { return ours().create(id, bytes); }

Volume OwnedStorage::clone(const Uuid& id, const Volume& base, std::uint64_t bytes) {
    return ours().clone(id, base, bytes);
}

Volume OwnedStorage::import(const Uuid& id, Format format, int source, std::uint64_t bytes,
                            const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return ours().import(id, format, source, bytes, progress, std::move(stop));
}

std::unique_ptr<Incoming> OwnedStorage::receive(const Uuid& id) { return ours().receive(id); }

Volume OwnedStorage::copy(const Uuid& id, const Volume& original,
                          const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return ours().copy(id, original, progress, std::move(stop));
}

Volume OwnedStorage::flatten(const Uuid& id, const std::vector<Layer>& chain,
                             const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return ours().flatten(id, chain, progress, std::move(stop));
}

void OwnedStorage::resize(const Uuid& id, std::uint64_t bytes) { ours().resize(id, bytes); }

void OwnedStorage::remove(const Uuid& id) { ours().remove(id); }

void OwnedStorage::discard(const std::string& stray) { ours().discard(stray); }

} // namespace hv::pool
