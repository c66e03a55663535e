#include "agent/service/claims.hh"

namespace service {
namespace {

template <class T> void erase_one(std::multiset<T>& from, const std::multiset<T>& these) {
    for (const auto& each : these)
        if (const auto found = from.find(each); found != from.end()) from.erase(found);
}

} // namespace

void Claimed::add(const Claimed& more) {
    addresses.insert(more.addresses.begin(), more.addresses.end());
    macs.insert(more.macs.begin(), more.macs.end());
    targets.insert(more.targets.begin(), more.targets.end());
    blocks.insert(more.blocks.begin(), more.blocks.end());
    used.insert(more.used.begin(), more.used.end());
    attached.insert(more.attached.begin(), more.attached.end());
    leaving.insert(more.leaving.begin(), more.leaving.end());
    copied.insert(more.copied.begin(), more.copied.end());
}

void Claimed::take_away(const Claimed& less) {
    erase_one(addresses, less.addresses);
    erase_one(macs, less.macs);
    erase_one(targets, less.targets);
    erase_one(blocks, less.blocks);
    erase_one(used, less.used);
    erase_one(attached, less.attached);
    erase_one(leaving, less.leaving);
    erase_one(copied, less.copied);
}

Claims::Claim::~Claim() {
    if (owner_) owner_->claimed_.with([&](Claimed& all) { all.take_away(what_); });
}

Claims::Claim Claims::claim(const std::function<Claimed(const Claimed&)>& pick) {
    return Claim(*this, claimed_.with([&](Claimed& all) {
        auto mine = pick(all);
        all.add(mine);
        return mine;
    }));
}

} // namespace service
